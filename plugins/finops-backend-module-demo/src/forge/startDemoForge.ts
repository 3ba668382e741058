import { once } from 'node:events';
import { createServer } from 'node:http';
import express from 'express';
import { createDemoForge } from './createDemoForge';
import { DemoForge, DemoForgeOptions } from './types';

/** @public */
export interface StandaloneDemoForge extends DemoForge {
  /** Root of the server the forge listens on. */
  readonly url: string;
}

/**
 * Starts the demo forge on a server of its own on a free loopback port.
 *
 * @example
 * ```ts
 * const forge = await startDemoForge({ gitopsPath: 'examples/gitops' });
 * // integrations.github: [{ host: 'forge.example', apiBaseUrl: forge.apiBaseUrl, token: forge.token }]
 * await forge.stop();
 * ```
 *
 * @public
 */
export async function startDemoForge(
  options: Omit<DemoForgeOptions, 'publicUrl'>,
): Promise<StandaloneDemoForge> {
  const app = express();
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') {
    throw new Error('The demo forge did not get a port');
  }
  const closeServer = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  try {
    const url = `http://127.0.0.1:${address.port}`;
    const forge = await createDemoForge({ ...options, publicUrl: url });
    app.use(forge.router);
    return {
      ...forge,
      url,
      async stop() {
        await closeServer();
        await forge.stop();
      },
    };
  } catch (error) {
    await closeServer();
    throw error;
  }
}
