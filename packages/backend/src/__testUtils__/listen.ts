import { createServer, RequestListener } from 'node:http';
import { AddressInfo } from 'node:net';

/** A server on a free loopback port. */
export interface TestServer {
  readonly url: string;
  stop(): Promise<void>;
}

export async function listen(answer: RequestListener): Promise<TestServer> {
  const server = createServer(answer);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}
