import type { VmHost } from './host.ts'

/** A guest of one or four instructions whose only deed is to end QEMU in a way nothing else does. */
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

/** The payload for this host's CPU. */
export function probePayload(host: VmHost): ProbePayload {
  return host.arch === 'arm64' ? arm64Payload() : x64Payload()
}

/** x86 starts at 16 bytes below the ROM's end: write 0x21 to isa-debug-exit, which ends QEMU with (0x21 << 1) | 1. */
function x64Payload(): ProbePayload {
  const rom = Buffer.alloc(romBytes, 0xf4)
  // mov dx, 0xf4; mov al, 0x21; out dx, al; again: hlt; jmp again
  Buffer.from([0xba, 0xf4, 0x00, 0xb0, 0x21, 0xee, 0xf4, 0xeb, 0xfd]).copy(rom, romBytes - 16)
  return { rom, machine: 'q35', devices: ['-device', 'isa-debug-exit,iobase=0xf4,iosize=1'], exitCode: 67 }
}

/** arm64 `virt` starts at address 0: ask PSCI for SYSTEM_OFF (0x84000008, Arm DEN0022). Without it QEMU runs for ever. */
function arm64Payload(): ProbePayload {
  const rom = Buffer.alloc(romBytes)
  // movz w0, #0x0008; movk w0, #0x8400, lsl 16; hvc #0; b .
  ;[0x52800100, 0x72b08000, 0xd4000002, 0x14000000].forEach((word, index) => rom.writeUInt32LE(word, index * 4))
  return { rom, machine: 'virt,gic-version=max', devices: [], exitCode: 0 }
}
