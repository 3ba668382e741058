// The types that git-url-parse publishes separately describe an older major.
declare module 'git-url-parse' {
  export default function gitUrlParse(url: string): {
    readonly owner: string;
    readonly name: string;
    readonly resource: string;
    readonly port: string;
    readonly protocol: string;
    readonly ref: string;
    readonly filepath: string;
  };
}
