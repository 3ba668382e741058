import {
  DefaultAzureDevOpsCredentialsProvider,
  DefaultGithubCredentialsProvider,
  DefaultGitlabCredentialsProvider,
  ScmIntegrations,
} from '@backstage/integration';
import type { GitAuth } from 'isomorphic-git';

/**
 * What git sends for a URL, from the portal's integrations; `undefined` where none is configured, and
 * then the repository must be public.
 */
export async function gitCredentials(
  integrations: ScmIntegrations,
  url: string,
): Promise<GitAuth | undefined> {
  switch (integrations.byUrl(url)?.type) {
    case 'github': {
      const { token } = await DefaultGithubCredentialsProvider.fromIntegrations(
        integrations,
      ).getCredentials({ url });
      return token === undefined
        ? undefined
        : { username: 'x-access-token', password: token };
    }
    case 'gitlab': {
      const { token } = await DefaultGitlabCredentialsProvider.fromIntegrations(
        integrations,
      ).getCredentials({ url });
      return token === undefined
        ? undefined
        : { username: 'oauth2', password: token };
    }
    case 'azure': {
      const credentials =
        await DefaultAzureDevOpsCredentialsProvider.fromIntegrations(
          integrations,
        ).getCredentials({ url });
      if (credentials === undefined) {
        return undefined;
      }
      return credentials.type === 'bearer'
        ? { headers: { Authorization: `Bearer ${credentials.token}` } }
        : { username: 'git', password: credentials.token };
    }
    case 'gitea': {
      const { username, password } = integrations.gitea.byUrl(url)!.config;
      return password === undefined
        ? undefined
        : { username: username ?? password, password };
    }
    case 'bitbucketCloud': {
      const { username, appPassword, token } =
        integrations.bitbucketCloud.byUrl(url)!.config;
      const password = token ?? appPassword;
      return password === undefined
        ? undefined
        : { username: username ?? 'x-token-auth', password };
    }
    case 'bitbucketServer': {
      const { token, username, password } =
        integrations.bitbucketServer.byUrl(url)!.config;
      if (token !== undefined) {
        return { headers: { Authorization: `Bearer ${token}` } };
      }
      return username === undefined ? undefined : { username, password };
    }
    default:
      return undefined;
  }
}
