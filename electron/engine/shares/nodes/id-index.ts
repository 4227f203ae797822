/** Finds numbers by a hash: open addressing with linear probing, eight bytes a number at most. */
export class IdIndex {
  #slots = new Uint32Array(1024)
  #used = 0
  readonly #hashOf: (id: number) => number

  constructor(hashOf: (id: number) => number) {
    this.#hashOf = hashOf
  }

  /** The first number with this hash that matches, or 0. */
  find(hash: number, matches: (id: number) => boolean): number {
    const mask = this.#slots.length - 1
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const id = this.#slots[at]!
      if (id === 0 || matches(id)) return id
    }
  }

  add(id: number): void {
    if ((this.#used + 1) * 4 > this.#slots.length * 3) this.#grow()
    this.#used++
    this.#put(id)
  }

  /** Takes a number out; what hashed past it moves up. Its hash must still be the one it was added with. */
  remove(id: number): void {
    const mask = this.#slots.length - 1
    let hole = this.#hashOf(id) & mask
    while (this.#slots[hole] !== id) {
      if (this.#slots[hole] === 0) return
      hole = (hole + 1) & mask
    }
    this.#used--
    for (let at = (hole + 1) & mask; this.#slots[at] !== 0; at = (at + 1) & mask) {
      const home = this.#hashOf(this.#slots[at]!) & mask
      // Whether `home` lies cyclically outside (hole, at]: then the number may fill the hole.
      if (((at - home) & mask) < ((at - hole) & mask)) continue
      this.#slots[hole] = this.#slots[at]!
      hole = at
    }
    this.#slots[hole] = 0
  }

  #put(id: number): void {
    const mask = this.#slots.length - 1
    let at = this.#hashOf(id) & mask
    while (this.#slots[at] !== 0) at = (at + 1) & mask
    this.#slots[at] = id
  }

  #grow(): void {
    const old = this.#slots
    this.#slots = new Uint32Array(old.length * 2)
    for (const id of old) if (id !== 0) this.#put(id)
  }
}

/** FNV-1a over the characters of a name, begun with a number. */
export function hashName(start: number, name: string): number {
  let hash = (start ^ 0x811c9dc5) >>> 0
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193) >>> 0
  return (hash ^ (hash >>> 15)) >>> 0
}
