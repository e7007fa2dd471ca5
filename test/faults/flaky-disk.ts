import { type Disk, realDisk } from "../../server/store/disk.ts";

/** A disk that fails at a touch that a test chooses, and maybe at each one after it; it counts them until then. */
export class FlakyDisk implements Disk {
  touches = 0;
  #failAt = Infinity;
  #stays = false;
  readonly #isTouch: (file: string) => boolean;

  /** `isTouch`: whether what is done to this file or folder counts, and may fail. */
  constructor(isTouch: (file: string) => boolean = () => true) {
    this.#isTouch = isTouch;
  }

  /** `stays`: it is full, not just troubled once. */
  failAt(touch: number, stays: boolean): void {
    [this.touches, this.#failAt, this.#stays] = [0, touch, stays];
  }

  mend(): void {
    this.failAt(Infinity, false);
  }

  #touch(file: string): void {
    if (!this.#isTouch(file)) return;
    this.touches += 1;
    if (this.touches !== this.#failAt && !(this.#stays && this.touches > this.#failAt)) return;
    throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
  }

  stat(file: string) {
    return realDisk.stat(file);
  }

  list(folder: string) {
    return realDisk.list(folder);
  }

  makeFolder(folder: string) {
    this.#touch(folder);
    realDisk.makeFolder(folder);
  }

  move(from: string, to: string) {
    this.#touch(to);
    realDisk.move(from, to);
  }

  replace(file: string, text: string) {
    this.#touch(file);
    realDisk.replace(file, text);
  }

  async create(file: string, bytes: Uint8Array) {
    this.#touch(file);
    await realDisk.create(file, bytes);
  }

  keepNames(folder: string) {
    this.#touch(folder);
    realDisk.keepNames(folder);
  }

  remove(target: string) {
    this.#touch(target);
    realDisk.remove(target);
  }
}
