import {
  coreServices,
  createBackendModule,
} from '@backstage/backend-plugin-api';
import {
  authProvidersExtensionPoint,
  createProxyAuthenticator,
  createProxyAuthProviderFactory,
} from '@backstage/plugin-auth-node';

const PROVIDER = 'demo-reviewer';

/**
 * A second identity of the demo, without a password like the guest's: nobody may approve a change they
 * asked for, so trying the whole loop takes two. Exists only where `auth.providers.demo-reviewer` is
 * configured, which the demo's configuration does and no other should.
 */
export default createBackendModule({
  pluginId: 'auth',
  moduleId: PROVIDER,
  register(env) {
    env.registerInit({
      deps: {
        config: coreServices.rootConfig,
        providers: authProvidersExtensionPoint,
      },
      async init({ config, providers }) {
        const own = config.getOptionalConfig(`auth.providers.${PROVIDER}`);
        if (!own) {
          return;
        }
        const entityRef = own.getString('userEntityRef');
        providers.registerProvider({
          providerId: PROVIDER,
          factory: createProxyAuthProviderFactory({
            authenticator: createProxyAuthenticator({
              defaultProfileTransform: async () => ({ profile: {} }),
              initialize() {},
              async authenticate() {
                return { result: {} };
              },
            }),
            signInResolver: (_, context) =>
              context.signInWithCatalogUser({ entityRef }),
          }),
        });
      },
    });
  },
});
