import type { VmHost } from './host.ts'

/** A guest of a few instructions: it counts down, then ends QEMU in a way nothing else does. */
export interface ProbePayload {
  /** Given to QEMU as its firmware, so it runs from the CPU's very first instruction. */
  rom: Buffer
  machine: string
  /** Devices the payload speaks to. */
  devices: readonly string[]
  /** QEMU's exit code when, and only when, the payload ran. */
  exitCode: number
}

const romBytes = 64 * 1024

/**
 * Rounds of a loop of two instructions. A processor, and tcg, take some ten milliseconds for them; a hypervisor that opens and
 * then carries out each instruction itself takes ten seconds (measured on KVM nested by PVM, 0.46 µs a round) and would
 * never bring a kernel up.
 */
const rounds = 0x0131_0000

/** The payload for this host's CPU. */
export function probePayload(host: VmHost): ProbePayload {
  return host.arch === 'arm64' ? arm64Payload() : x64Payload()
}

/**
 * x86 starts at 16 bytes below the ROM's end, in a state that processors before 2010 cannot run natively; the far jump to
 * the ROM's copy below 1 MiB ends that. Then: count down; write 0x21 to isa-debug-exit, which ends QEMU with (0x21 << 1) | 1.
 */
function x64Payload(): ProbePayload {
  const rom = Buffer.alloc(romBytes, 0xf4)
  const start = romBytes - 256
  // mov ecx, rounds; again: dec ecx; jnz again; mov dx, 0xf4; mov al, 0x21; out dx, al; end: hlt; jmp end
  const code = Buffer.from([0x66, 0xb9, 0, 0, 0, 0, 0x66, 0x49, 0x75, 0xfc, 0xba, 0xf4, 0x00, 0xb0, 0x21, 0xee, 0xf4, 0xeb, 0xfd])
  code.writeUInt32LE(rounds, 2)
  code.copy(rom, start)
  // jmp 0xf000:start
  Buffer.from([0xea, start & 0xff, start >> 8, 0x00, 0xf0]).copy(rom, romBytes - 16)
  return { rom, machine: 'q35', devices: ['-device', 'isa-debug-exit,iobase=0xf4,iosize=1'], exitCode: 67 }
}

/** arm64 `virt` starts at address 0: count down, then ask PSCI for SYSTEM_OFF (0x84000008, Arm DEN0022). Without it QEMU runs for ever. */
function arm64Payload(): ProbePayload {
  const rom = Buffer.alloc(romBytes)
  // movz w1, #rounds, lsl 16; again: subs w1, w1, #1; b.ne again; movz w0, #0x0008; movk w0, #0x8400, lsl 16; hvc #0; b .
  const countDown = 0x52a00001 | ((rounds >>> 16) << 5)
  ;[countDown, 0x71000421, 0x54ffffe1, 0x52800100, 0x72b08000, 0xd4000002, 0x14000000].forEach((word, index) => rom.writeUInt32LE(word, index * 4))
  return { rom, machine: 'virt,gic-version=max', devices: [], exitCode: 0 }
}
