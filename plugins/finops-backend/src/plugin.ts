import {
  coreServices,
  createBackendPlugin,
} from '@backstage/backend-plugin-api';
import { catalogServiceRef } from '@backstage/plugin-catalog-node';
import { notificationService } from '@backstage/plugin-notifications-node';
import { finopsPermissions } from '@apexlogic/backstage-plugin-finops-common/permissions';
import {
  ChangeRequestEventSource,
  DeliveryController,
  finopsChangeRequestEventsExtensionPoint,
  finopsControllersExtensionPoint,
  finopsForgesExtensionPoint,
  finopsSourcesExtensionPoint,
  Forge,
} from '@apexlogic/backstage-plugin-finops-node';
import { CheckContext } from './check/CheckContext';
import { readCheckConfig } from './check/config';
import { createStores } from './database/createStores';
import { migrateDatabase } from './database/migrateDatabase';
import { BlobCache } from './delivery/BlobCache';
import { Loop } from './delivery/Loop';
import { readFinopsConfig } from './governance/config';
import { PolicyGate } from './governance/policies';
import { createJobQueue } from './jobs/createJobQueue';
import { startChecks } from './jobs/startChecks';
import { startJobs } from './jobs/startJobs';
import { Authoriser, loadResources } from './service/Authoriser';
import { createRouter } from './service/createRouter';
import {
  finopsEntityPermissionResourceRef,
  finopsEntityRules,
} from './service/permissions';
import { createSourceRegistries, Registry } from './service/Registry';

/**
 * The FinOps control loop: watches catalog entities through registered sources, decides, and delivers
 * changes through registered forges.
 *
 * @public
 */
export const finopsPlugin = createBackendPlugin({
  pluginId: 'finops',
  register(env) {
    const sources = createSourceRegistries();
    const forges = new Registry<Forge>('forge');
    const controllers = new Registry<DeliveryController>('controller');
    env.registerExtensionPoint(
      finopsSourcesExtensionPoint,
      sources.extensionPoint,
    );
    env.registerExtensionPoint(finopsForgesExtensionPoint, {
      addForge: forge => forges.add(forge),
    });
    env.registerExtensionPoint(finopsControllersExtensionPoint, {
      addController: controller => controllers.add(controller),
    });
    const changeRequestEvents = new Registry<ChangeRequestEventSource>(
      'source of change request events',
    );
    env.registerExtensionPoint(finopsChangeRequestEventsExtensionPoint, {
      addChangeRequestEvents: source => changeRequestEvents.add(source),
    });
    env.registerInit({
      deps: {
        auditor: coreServices.auditor,
        auth: coreServices.auth,
        catalog: catalogServiceRef,
        database: coreServices.database,
        httpAuth: coreServices.httpAuth,
        httpRouter: coreServices.httpRouter,
        lifecycle: coreServices.lifecycle,
        logger: coreServices.logger,
        notifications: notificationService,
        permissions: coreServices.permissions,
        permissionsRegistry: coreServices.permissionsRegistry,
        rootConfig: coreServices.rootConfig,
        scheduler: coreServices.scheduler,
        userInfo: coreServices.userInfo,
      },
      async init(deps) {
        const {
          auditor,
          auth,
          catalog,
          database,
          httpAuth,
          httpRouter,
          lifecycle,
          logger,
          notifications,
        } = deps;
        const {
          permissions,
          permissionsRegistry,
          rootConfig,
          scheduler,
          userInfo,
        } = deps;
        const config = readFinopsConfig(rootConfig);
        const knex = await migrateDatabase(database);
        const stores = createStores(knex);
        const now = () => new Date().toISOString();
        permissionsRegistry.addResourceType({
          resourceRef: finopsEntityPermissionResourceRef,
          permissions: finopsPermissions.filter(
            permission => permission.type === 'resource',
          ),
          rules: Object.values(finopsEntityRules),
          getResources: refs =>
            loadResources({ entities: stores.entities, catalog, auth }, refs),
        });
        permissionsRegistry.addPermissions(
          finopsPermissions.filter(permission => permission.type === 'basic'),
        );
        const loop: Loop = {
          stores,
          forges: forges.list(),
          controllers: controllers.list(),
          policies: await PolicyGate.create({
            folders: config.policyFolders,
            logger,
          }),
          blobs: new BlobCache(),
          config,
          logger,
          now,
        };
        const queue = await createJobQueue({ database, knex, logger });
        lifecycle.addShutdownHook(() => queue.stop());
        const refresh = {
          stores,
          sources: sources.list(),
          catalog,
          auth,
          config,
          logger,
          now,
          random: Math.random,
        };
        await startJobs({ refresh, loop, queue, scheduler, notifications });
        const checkContext: CheckContext = {
          ...loop,
          checks: readCheckConfig(rootConfig),
        };
        const checks = await startChecks({
          context: checkContext,
          sources: changeRequestEvents.list(),
          queue,
          scheduler,
        });
        httpRouter.use(
          await createRouter({
            loop,
            review: { stores, sources: sources.list(), now },
            authoriser: new Authoriser({
              permissions,
              permissionsRegistry,
              catalog,
            }),
            queue,
            enqueueCheck: checks.enqueue,
            httpAuth,
            userInfo,
            auth,
            auditor,
          }),
        );
      },
    });
  },
});
