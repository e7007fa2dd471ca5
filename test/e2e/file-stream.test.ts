import { createServer, get, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { sendStream } from "../../server/file-stream.ts";

const piece = Buffer.alloc(1_000_000, 120);

interface Made {
  /** Pieces that were asked for. */
  pieces: number;
  ended: boolean;
}

/** Serves a file of many pieces to each who asks, and gives the answer of the first one. */
async function served(idleMs: number, made: Made): Promise<IncomingMessage> {
  async function* chunks() {
    try {
      for (; made.pieces < 200; made.pieces += 1) yield piece;
    } finally {
      made.ended = true;
    }
  }
  const server: Server = createServer((_, response) => void sendStream(response, chunks(), idleMs));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve) => get({ host: "127.0.0.1", port }, resolve));
}

it("no more of a file is made than its reader takes, and who takes nothing has gone", async () => {
  const made = { pieces: 0, ended: false };
  const answer = await served(300, made);
  answer.on("error", () => undefined).pause();
  await expect.poll(() => made.ended, { timeout: 20_000 }).toBe(true);
  expect(made.pieces).toBeLessThan(100);
  expect(answer.complete).toBe(false);
});

it("who goes on taking gets all of it", async () => {
  const made = { pieces: 0, ended: false };
  const answer = await served(60_000, made);
  let bytes = 0;
  for await (const chunk of answer) bytes += (chunk as Buffer).length;
  expect([bytes, answer.complete]).toEqual([200 * piece.length, true]);
});
