import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/**
 * Keeps a server to so many connections. One that comes beyond them takes the place of the one that has waited longest for its client: one
 * that sent nothing yet, a part of a request, or nothing since its last answer. So those who hold connections open shut nobody out.
 */
export function limitConnections(server: Server, most: number): void {
  // In the order in which they began to wait.
  const waiting = new Set<Socket>();
  let open = 0;
  server.on("connection", (socket: Socket) => {
    open += 1;
    waiting.add(socket);
    socket.once("close", () => {
      open -= 1;
      waiting.delete(socket);
    });
    const [longest] = waiting;
    if (open > most) longest?.destroy();
  });
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    const work = () => void waiting.delete(socket);
    if (hasBody(request)) request.once("end", work);
    else work();
    response.once("close", () => {
      if (!socket.destroyed) waiting.add(socket);
    });
  });
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}
