export interface Config {
  finops?: {
    /** Commits of the entities' repositories. Credentials come from `integrations`. */
    git?: {
      /** Folder for the bare copies; a folder below the system's temporary one by default. */
      cacheDirectory?: string;
      /** Seconds one fetch may take, 60 by default. */
      timeoutSeconds?: number;
    };
  };
}
