import { once } from "node:events";
import { createServer, request } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { expect, it } from "vitest";
import { limitConnections } from "../server/connections.ts";

const most = 3;

interface Place {
  /** Answers all requests whose answer is held back. */
  readonly release: () => void;
  /** Resolves when so many requests are at work. */
  readonly working: (count: number) => Promise<void>;
  readonly open: (sends?: string) => Promise<Socket>;
  /** Status of a request on a connection of its own; null: it was cut. */
  readonly ask: (path: string) => Promise<number | null>;
}

/** A server that answers at once, but what is asked under `/held` when it is told to. */
async function withServer(work: (place: Place) => Promise<void>): Promise<void> {
  const held: (() => void)[] = [];
  const server = createServer((asked, response) => {
    const answer = () => void response.end("ok");
    asked.resume().once("end", () => (asked.url === "/held" ? held.push(answer) : answer()));
  });
  limitConnections(server, most);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const sockets: Socket[] = [];
  let accepted = 0;
  server.on("connection", () => (accepted += 1));
  const place: Place = {
    release: () => held.splice(0).forEach((answer) => answer()),
    working: (count) => expect.poll(() => held.length, { timeout: 30_000 }).toBe(count),
    async open(sends = "") {
      const before = accepted;
      const socket = connect(port, "127.0.0.1");
      sockets.push(socket.on("error", () => undefined).resume());
      await once(socket, "connect");
      if (sends !== "") socket.write(sends);
      await expect.poll(() => accepted, { timeout: 30_000 }).toBe(before + 1);
      return socket;
    },
    ask: (path) =>
      new Promise((resolve) => {
        const outgoing = request({ port, path, host: "127.0.0.1", agent: false }, (response) => {
          response.resume().once("end", () => resolve(response.statusCode ?? null));
        });
        outgoing.once("error", () => resolve(null)).end();
      }),
  };
  try {
    await work(place);
  } finally {
    for (const socket of sockets) socket.destroy();
    place.release();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

const closed = (socket: Socket) => expect.poll(() => socket.closed, { timeout: 30_000 }).toBe(true);

it("who sends nothing, half a head or half a body gives way to a new client, the longest waiting first", () =>
  withServer(async ({ ask, open }) => {
    const silent = await open();
    const head = await open("GET / HTTP/1.1\r\nHost: x\r\n");
    const body = await open("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{");
    expect(await ask("/")).toBe(200);
    await closed(silent);
    expect([head.closed, body.closed]).toEqual([false, false]);
    await open();
    await open();
    await closed(head);
    await open();
    await closed(body);
    expect(await ask("/")).toBe(200);
  }));

it("a request that is being answered is cut for nobody: then it is the new client who must go", () =>
  withServer(async ({ ask, release, working }) => {
    const asked = Array.from({ length: most }, () => ask("/held"));
    await working(most);
    expect(await ask("/")).toBe(null);
    release();
    expect(await Promise.all(asked)).toEqual([200, 200, 200]);
    expect(await ask("/")).toBe(200);
  }));

it("who was answered and keeps the connection gives way as well", () =>
  withServer(async ({ ask, open }) => {
    const kept = await open("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await expect.poll(() => kept.bytesRead, { timeout: 30_000 }).toBeGreaterThan(0);
    const others = [await open(), await open()];
    expect(await ask("/")).toBe(200);
    await expect.poll(() => [kept, ...others].filter((socket) => socket.closed).length, { timeout: 30_000 }).toBe(1);
  }));
