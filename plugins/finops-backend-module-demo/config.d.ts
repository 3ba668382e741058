export interface Config {
  finops?: {
    /**
     * A simulated organisation and a local forge that start with the portal. Absent: the module does
     * nothing. Never configure it in a real installation: the forge's pages need no sign-in.
     */
    demo?: {
      /** Seed of the recorded estate; the same seed gives the same recording. Default 1. */
      seed?: number;
      /** Whole days of history. Default 60. */
      days?: number;
      /** 0 = clean curves, 1 = ordinary noise. Default 1. */
      noise?: number;
      /** ISO instant at which the recording ends. Default: it goes on with the clock. */
      now?: string;
      /**
       * Folder of desired-state files that becomes the forge's repository, relative to the working
       * directory of the backend. Default `../../examples/gitops`.
       */
      gitopsPath?: string;
      forge?: {
        /** Default `fernhill`. */
        owner?: string;
        /** Default `gitops`. */
        repository?: string;
        /**
         * Token that the entry of `integrations.github` for the demo forge presents. Default `demo-token`.
         * @visibility secret
         */
        token?: string;
      };
    };
  };
}
