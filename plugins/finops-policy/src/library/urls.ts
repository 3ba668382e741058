import { EvaluationError } from '@marcbachmann/cel-js';
import { registerAll, Registration } from './register';

const ABSOLUTE =
  /^([a-z][a-z0-9+.-]*):\/\/(?:[^/?@]*@)?([^/?]*)(\/[^?]*)?(?:\?(.*))?$/is;
const PATH = /^()()(\/[^?]*)(?:\?(.*))?$/s;
const HOST = /^(\[[0-9a-f:.]+\]|[^[\]:\s]*)(:\d*)?$/i;
const BAD_ESCAPE = /%(?![0-9a-f]{2})/i;

class CelUrl {
  private constructor(
    readonly text: string,
    readonly scheme: string,
    readonly host: string,
    readonly path: string,
    readonly query: string,
  ) {}

  static parse(text: string): CelUrl {
    const match = ABSOLUTE.exec(text) ?? PATH.exec(text);
    const [, scheme = '', host = '', path = '', query = ''] = match ?? [];
    if (
      !match ||
      !HOST.test(host) ||
      BAD_ESCAPE.test(path) ||
      // Control characters.
      /\p{Cc}/u.test(text)
    ) {
      throw new EvaluationError(`'${text.slice(0, 100)}' is no absolute URL`);
    }
    return new CelUrl(text, scheme.toLowerCase(), host, path, query);
  }

  equals(other: unknown): boolean {
    return other instanceof CelUrl && other.text === this.text;
  }
}

/**
 * Absolute URLs and absolute paths, kept as they are written where JavaScript's own would lower hosts and
 * drop default ports.
 *
 * https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-url-library
 */
export function registerUrls({ environment }: Registration) {
  environment.registerType('URL', CelUrl);
  registerAll(environment, {
    'url(string): URL': (text: string) => CelUrl.parse(text),
    'isURL(string): bool': (text: string) => {
      try {
        CelUrl.parse(text);
        return true;
      } catch {
        return false;
      }
    },
    'URL.getScheme(): string': ({ scheme }: CelUrl) => scheme,
    'URL.getHost(): string': ({ host }: CelUrl) => host,
    'URL.getHostname(): string': ({ host }: CelUrl) =>
      host.replace(/:\d*$/, '').replace(/^\[|\]$/g, ''),
    'URL.getPort(): string': ({ host }: CelUrl) =>
      /:(\d*)$/.exec(host)?.[1] ?? '',
    'URL.getEscapedPath(): string': ({ path }: CelUrl) =>
      path.replace(/[^\w\-.~!$&'()*+,;=:@/%]+/g, encodeURIComponent),
    'URL.getQuery(): map<string, list<string>>': ({ query }: CelUrl) => {
      const members = new Map<string, string[]>();
      for (const [key, value] of new URLSearchParams(query)) {
        members.set(key, [...(members.get(key) ?? []), value]);
      }
      return members;
    },
  });
}
