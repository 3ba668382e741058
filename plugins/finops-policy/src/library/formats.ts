import { Optional } from '@marcbachmann/cel-js';
import { registerAll, registerNamespace, Registration } from './register';

/** A named check of a text; says what is wrong, or nothing. */
class Format {
  constructor(
    readonly name: string,
    private readonly pattern: RegExp,
    private readonly maxLength: number,
  ) {}

  validate(text: string): readonly string[] {
    return [
      ...(text.length > this.maxLength
        ? [`must be no more than ${this.maxLength} characters`]
        : []),
      ...(this.pattern.test(text) ? [] : [`must be a ${this.name}`]),
    ];
  }

  equals(other: unknown): boolean {
    return other instanceof Format && other.name === this.name;
  }
}

const LABEL = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `${LABEL}(?:\\.${LABEL})*`;
const NAME = '[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?';

const FORMATS = [
  new Format('dns1123Label', new RegExp(`^${LABEL}$`), 63),
  new Format('dns1123Subdomain', new RegExp(`^${SUBDOMAIN}$`), 253),
  new Format('dns1035Label', /^[a-z](?:[-a-z0-9]*[a-z0-9])?$/, 63),
  new Format('dns1123LabelPrefix', /^[a-z0-9][-a-z0-9]*$/, 63),
  new Format('dns1123SubdomainPrefix', /^[a-z0-9][-.a-z0-9]*$/, 253),
  new Format('dns1035LabelPrefix', /^[a-z][-a-z0-9]*$/, 63),
  new Format('labelValue', new RegExp(`^(?:${NAME})?$`), 63),
  new Format(
    'qualifiedName',
    new RegExp(`^(?:${SUBDOMAIN}/)?(?=.{1,63}$)${NAME}$`),
    317,
  ),
  new Format('uri', /^(?:[a-z][a-z0-9+.-]*:|\/)\S*$/i, 100_000),
  new Format(
    'uuid',
    /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
    36,
  ),
  new Format('byte', /^[A-Za-z0-9+/]*={0,2}$/, 1_000_000),
  new Format('date', /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/, 10),
  new Format(
    'datetime',
    /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/,
    64,
  ),
];

/** https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-format-library */
export function registerFormats({ environment }: Registration) {
  environment.registerType('NamedFormat', Format);
  registerNamespace(environment, 'format', {
    ...Object.fromEntries(
      FORMATS.map(format => [`${format.name}(): NamedFormat`, () => format]),
    ),
    'named(string): optional<NamedFormat>': (name: string) =>
      Optional.of(FORMATS.find(format => format.name === name)),
  });
  registerAll(environment, {
    'NamedFormat.validate(string): optional<list<string>>': (
      format: Format,
      text: string,
    ) => {
      const mistakes = format.validate(text);
      return mistakes.length === 0 ? Optional.none() : Optional.of(mistakes);
    },
  });
}
