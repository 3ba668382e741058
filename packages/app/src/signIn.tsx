import { SignInPage } from '@backstage/core-components';
import {
  ApiBlueprint,
  BackstageIdentityApi,
  BackstageIdentityResponse,
  createApiRef,
  createFrontendModule,
  DiscoveryApi,
  discoveryApiRef,
  ProfileInfo,
  ProfileInfoApi,
  SessionApi,
  SessionState,
} from '@backstage/frontend-plugin-api';
import { SignInPageBlueprint } from '@backstage/plugin-app-react';

/** A token is asked for again this long before it would end. */
const REFRESH_BEFORE_MS = 5 * 60_000;

interface Session {
  readonly profile: ProfileInfo;
  readonly backstageIdentity: {
    readonly token: string;
    readonly expiresInSeconds?: number;
    readonly identity: BackstageIdentityResponse['identity'];
  };
}

/** Signs in as the demo's second person, who may approve what the guest asked for. */
class DemoReviewerApi
  implements ProfileInfoApi, BackstageIdentityApi, SessionApi
{
  readonly #discoveryApi: DiscoveryApi;
  #session?: { readonly value: Session; readonly until: number };

  constructor(discoveryApi: DiscoveryApi) {
    this.#discoveryApi = discoveryApi;
  }

  async getProfile() {
    return (await this.#current()).profile;
  }

  async getBackstageIdentity() {
    const { token, identity } = (await this.#current()).backstageIdentity;
    return { token, identity };
  }

  async signIn() {
    await this.#current();
  }

  async signOut() {
    this.#session = undefined;
  }

  sessionState$() {
    const state = this.#session
      ? SessionState.SignedIn
      : SessionState.SignedOut;
    const observable = {
      subscribe(observer: unknown) {
        const next =
          typeof observer === 'function'
            ? observer
            : (observer as { next?: Function } | undefined)?.next;
        next?.call(observer, state);
        return { unsubscribe() {}, closed: true };
      },
      [Symbol.observable]: () => observable,
    };
    return observable as ReturnType<SessionApi['sessionState$']>;
  }

  async #current(): Promise<Session> {
    if (!this.#session || Date.now() > this.#session.until) {
      const base = await this.#discoveryApi.getBaseUrl('auth');
      const response = await fetch(`${base}/demo-reviewer/refresh`, {
        headers: { 'X-Requested-With': 'XMLHttpRequest' },
        credentials: 'include',
      });
      if (!response.ok) {
        throw new Error(
          `The demo's reviewer cannot sign in: ${response.status}`,
        );
      }
      const value: Session = await response.json();
      const seconds = value.backstageIdentity.expiresInSeconds ?? 3_600;
      this.#session = {
        value,
        until: Date.now() + seconds * 1_000 - REFRESH_BEFORE_MS,
      };
    }
    return this.#session.value;
  }
}

const demoReviewerApiRef = createApiRef<DemoReviewerApi>({
  id: 'app.demo-reviewer',
});

const demoReviewerApi = ApiBlueprint.make({
  name: 'demo-reviewer',
  params: defineParams =>
    defineParams({
      api: demoReviewerApiRef,
      deps: { discoveryApi: discoveryApiRef },
      factory: ({ discoveryApi }) => new DemoReviewerApi(discoveryApi),
    }),
});

const signInPage = SignInPageBlueprint.make({
  params: {
    loader: async () => props =>
      (
        <SignInPage
          {...props}
          title="Fernhill Outfitters"
          providers={[
            'guest',
            {
              id: 'demo-reviewer',
              title: 'Jonas, reviewer',
              message:
                'Approves what the guest asked for: nobody approves their own change.',
              apiRef: demoReviewerApiRef,
            },
          ]}
        />
      ),
  },
});

/** The demo's two people at the door. */
export const signInModule = createFrontendModule({
  pluginId: 'app',
  extensions: [demoReviewerApi, signInPage],
});
