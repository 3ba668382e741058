import { EntityStore } from '../database/EntityStore';
import { CheckConfig } from './config';

/** Whether change requests of a repository are checked: configured, or named by an entity that is known. */
export async function isChecked(
  { repositories }: Pick<CheckConfig, 'repositories'>,
  entities: Pick<EntityStore, 'listMentioning'>,
  repositoryUrl: string,
): Promise<boolean> {
  if (repositories) {
    return repositories.some(prefix => isBelow(repositoryUrl, prefix));
  }
  return (await entities.listMentioning(repositoryUrl)).some(({ context }) =>
    [context.sourceUrl, context.gitopsUrl].some(
      url => url !== undefined && isBelow(url, repositoryUrl),
    ),
  );
}

/** Whether a URL is another or lies below it; hosts, owners and names differ in more than case. */
export function isBelow(url: string, prefix: string): boolean {
  const [inner, outer] = [url, prefix].map(text =>
    text
      .toLocaleLowerCase('en-US')
      .replace(/\/+$/, '')
      .replace(/\.git$/, ''),
  );
  return inner === outer || inner.startsWith(`${outer}/`);
}
