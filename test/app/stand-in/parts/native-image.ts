import { existsSync, readFileSync } from 'node:fs'

/** Electron's NativeImage, for PNG files. */
export class NativeImage {
  readonly #bytes: Buffer

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  isEmpty(): boolean {
    return this.#bytes.length === 0
  }

  toPNG(): Buffer {
    return this.#bytes
  }

  setTemplateImage(): void {}
}

/** Electron's `nativeImage`. */
export const nativeImage = {
  createEmpty: (): NativeImage => new NativeImage(Buffer.alloc(0)),
  createFromPath: (path: string): NativeImage => new NativeImage(existsSync(path) ? readFileSync(path) : Buffer.alloc(0)),
}
