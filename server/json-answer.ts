import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Request, Response } from "express";

type Encoding = "br" | "gzip";

/** Smaller ones are not worth it. */
const leastBytes = 1_024;

const encode: Readonly<Record<Encoding, (plain: Buffer) => Promise<Buffer>>> = {
  br(plain) {
    const params = { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length };
    return promisify(brotliCompress)(plain, { params });
  },
  gzip: (plain) => promisify(gzip)(plain),
};

/** An answer in JSON, written and compressed once for all who wait for it. */
export class JsonAnswer {
  readonly #plain: Buffer;
  readonly #encoded = new Map<Encoding, Promise<Buffer>>();

  constructor(answer: unknown) {
    this.#plain = Buffer.from(JSON.stringify(answer));
  }

  async send(request: Request, response: Response): Promise<void> {
    const encoding = this.#plain.length < leastBytes ? false : request.acceptsEncodings(["br", "gzip"]);
    const body = encoding === "br" || encoding === "gzip" ? await this.#as(encoding) : this.#plain;
    if (body !== this.#plain) response.setHeader("Content-Encoding", String(encoding));
    response.type("json").send(body);
  }

  #as(encoding: Encoding): Promise<Buffer> {
    const known = this.#encoded.get(encoding) ?? encode[encoding](this.#plain);
    this.#encoded.set(encoding, known);
    return known;
  }
}
