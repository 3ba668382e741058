/** One configuration for every system; no value here knows a product, a service or a log format. */
export const LOG_PARAMETERS = {
  /** Characters of a line that are looked at; what follows rarely tells two events apart. */
  maximumLineLength: 2000,
  /** Tokens of a line that are looked at. */
  maximumTokens: 200,
  /** Templates held at once. Beyond it the rarest, longest unseen ones fall into the rest. */
  maximumTemplates: 10_000,
  /** Ids handed out per template held, as each new wording has its own id until wordings are merged. */
  idsPerTemplate: 64,
  /** New wordings after which similar ones are merged. */
  mergeAfter: 4096,
  /** Wordings remembered with their template, so that repeated lines need no search. */
  rememberedWordings: 8192,
  /** Templates compared with a line that is worded like none before. */
  maximumCandidates: 256,
  /** A column with this many different words is a variable. */
  variableFrom: 6,
  /** The same for the first word of a line and for NAMES_OF_STATES, which usually name the event. */
  nameVariableFrom: 12,
  /** Longest phrase whose repetition counts as a list. */
  maximumRepeatedPhrase: 8,
  /** Plain words that two templates of different form share before they count as one. */
  sharedWords: 3,
  /** Hexadecimal words from this length with a digit are values, not names with a number. */
  minimumHexLength: 4,
} as const;
