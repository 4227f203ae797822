import { isElf } from './elf.ts'

/** Where programs without position independence lie by custom; a multiple of every page size in use. */
const base = 0x400000n
const positionIndependent = 3
const fixed = 2
const loadSegment = 1
const dynamicSegment = 2
const stackSegment = 0x6474e551
const flagsOne = 0x6ffffffbn
const pieFlag = 0x08000000n
/** Entries of the dynamic section that are addresses. */
const addressTags = new Set([3n, 4n, 5n, 6n, 7n, 12n, 13n, 23n, 25n, 26n, 32n, 0x6ffffef5n, 0x6ffffff0n, 0x6ffffffcn, 0x6ffffffen])
const tags = { rela: 7n, relaSize: 8n, relaCount: 0x6ffffff9n, pltGot: 3n, symbols: 6n, symbolNames: 5n, jumpSlots: 23n, jumpSlotsSize: 2n } as const
/** `R_X86_64_RELATIVE`, `R_AARCH64_RELATIVE`; by `e_machine`. */
const relative: Partial<Record<number, number>> = { 62: 8, 183: 1027 }
const relocationSize = 24

type Segment = { at: number; type: number; offset: number; address: bigint; size: bigint }

/** An ELF file whose addresses are read and written by what they are in the running program. */
class Program {
  readonly data: Buffer
  readonly segments: Segment[]
  /** Where each dynamic entry lies in the file, by its tag. */
  readonly dynamic = new Map<bigint, number>()

  constructor(data: Buffer) {
    this.data = data
    const [table, size, count] = [Number(data.readBigUInt64LE(0x20)), data.readUInt16LE(0x36), data.readUInt16LE(0x38)]
    this.segments = Array.from({ length: count }, (_, index) => {
      const at = table + index * size
      return { at, type: data.readUInt32LE(at), offset: Number(data.readBigUInt64LE(at + 8)), address: data.readBigUInt64LE(at + 16), size: data.readBigUInt64LE(at + 32) }
    })
    const dynamic = this.segments.find(({ type }) => type === dynamicSegment)
    for (let at = dynamic?.offset ?? 0; dynamic && data.readBigUInt64LE(at) !== 0n; at += 16) this.dynamic.set(data.readBigUInt64LE(at), at)
  }

  value(tag: bigint): bigint {
    const at = this.dynamic.get(tag)
    return at === undefined ? 0n : this.data.readBigUInt64LE(at + 8)
  }

  setValue(tag: bigint, value: bigint): void {
    const at = this.dynamic.get(tag)
    if (at !== undefined) this.data.writeBigUInt64LE(value, at + 8)
  }

  /** Where the byte at an address lies in the file. @throws Error when no segment holds it. */
  place(address: bigint): number {
    const segment = this.segments.find((each) => each.type === loadSegment && address >= each.address && address < each.address + each.size)
    if (!segment) throw new Error(`no segment holds the address 0x${address.toString(16)}`)
    return segment.offset + Number(address - segment.address)
  }

  /** Adds the base to an address in the file. */
  move(at: number): void {
    this.data.writeBigUInt64LE(this.data.readBigUInt64LE(at) + base, at)
  }
}

/**
 * Gives a position-independent program a fixed address, in place: what the dynamic linker would do with each of its
 * relative relocations at every start is done once. Docker's daemon has 330,000 of them, which cost each start the
 * reading of 8 MB and a copy of 2,500 pages.
 * @throws Error when it is no such program, or of a processor whose relocations are not known here.
 */
export function fixAddress(data: Buffer): void {
  const kind = isElf(data) && data.readUInt16LE(0x10) === positionIndependent ? relative[data.readUInt16LE(0x12)] : undefined
  if (kind === undefined) throw new Error('not a position-independent program of a processor that is known here')
  const program = new Program(data)
  moveRelocations(program, kind)
  moveSymbols(program)
  moveLazyTable(program)
  for (const [tag, at] of program.dynamic) if (addressTags.has(tag)) program.move(at + 8)
  program.setValue(flagsOne, program.value(flagsOne) & ~pieFlag)
  for (const { at, type } of program.segments) {
    if (type === stackSegment) continue
    program.move(at + 16)
    program.move(at + 24)
  }
  moveSections(data)
  program.move(0x18)
  data.writeUInt16LE(fixed, 0x10)
}

/** Carries out the relative relocations, which come first, and moves the others to their place. */
function moveRelocations(program: Program, kind: number): void {
  const { data } = program
  const [address, size] = [program.value(tags.rela), Number(program.value(tags.relaSize))]
  if (size === 0) return
  const from = program.place(address)
  const others: Buffer[] = []
  for (let at = from; at < from + size; at += relocationSize) {
    if (data.readUInt32LE(at + 8) === kind) data.writeBigInt64LE(data.readBigInt64LE(at + 16) + base, program.place(data.readBigUInt64LE(at)))
    else {
      const other = Buffer.from(data.subarray(at, at + relocationSize))
      other.writeBigUInt64LE(other.readBigUInt64LE(0) + base, 0)
      others.push(other)
    }
  }
  data.fill(0, from, from + size)
  Buffer.concat(others).copy(data, from)
  program.setValue(tags.relaSize, BigInt(others.length * relocationSize))
  program.setValue(tags.relaCount, 0n)
}

/** What the program itself defines for its libraries. */
function moveSymbols(program: Program): void {
  const { data } = program
  const symbolSize = 24
  const [from, to] = [program.place(program.value(tags.symbols)), program.place(program.value(tags.symbolNames))]
  // The names follow the symbols: nothing else tells how many there are.
  for (let at = from; at + symbolSize <= to; at += symbolSize) {
    const [type, section] = [data.readUInt8(at + 4) & 15, data.readUInt16LE(at + 6)]
    const isAddress = section !== 0 && section < 0xff00 && type !== 6
    if (isAddress) program.move(at + 8)
  }
}

/** The table of functions of libraries, whose entries lead to the dynamic linker at first. */
function moveLazyTable(program: Program): void {
  const { data } = program
  const [address, size] = [program.value(tags.jumpSlots), Number(program.value(tags.jumpSlotsSize))]
  if (size === 0) return
  const from = program.place(address)
  for (let at = from; at < from + size; at += relocationSize) {
    program.move(program.place(data.readBigUInt64LE(at)))
    program.move(at)
  }
  if (program.value(tags.pltGot) > 0n) program.move(program.place(program.value(tags.pltGot)))
}

/** For those who look at the file; nothing that runs needs them. */
function moveSections(data: Buffer): void {
  const [table, size, count] = [Number(data.readBigUInt64LE(0x28)), data.readUInt16LE(0x3a), data.readUInt16LE(0x3c)]
  for (let index = 0; index < count; index++) {
    const at = table + index * size + 16
    const address = data.readBigUInt64LE(at)
    if (address > 0n) data.writeBigUInt64LE(address + base, at)
  }
}
