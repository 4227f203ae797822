import type { Transport } from './ask-servers.ts'

/** A question of a container as it comes over the guest's port; its serial goes back with the answer. */
export interface NameFrame {
  serial: number
  transport: Transport
  message: Buffer
}

const headBytes = 7
/** The guest's own limit (NAMES_LONGEST_QUERY). */
const maxQueryBytes = 1024

/**
 * Cuts the guest's bytes into frames: serial (4 bytes), 'U' or 'T', length (2 bytes), message; resources/guest/supervisor/names.c.
 * @throws Error at bytes that our guest never sends; what follows them means nothing.
 */
export function frameSplitter(onFrame: (frame: NameFrame) => void): (chunk: Buffer) => void {
  let held: Buffer = Buffer.alloc(0)
  return (chunk) => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    while (held.length >= headBytes) {
      const [kind, length] = [held[4], held.readUInt16BE(5)]
      if ((kind !== 0x55 && kind !== 0x54) || length > maxQueryBytes) throw new Error('the guest sent what is no question')
      if (held.length < headBytes + length) return
      const message = Buffer.from(held.subarray(headBytes, headBytes + length))
      const frame: NameFrame = { serial: held.readUInt32BE(0), transport: kind === 0x54 ? 'tcp' : 'udp', message }
      held = held.subarray(headBytes + length)
      onFrame(frame)
    }
  }
}

/** An answer as the guest reads it; an empty message sends it to QEMU's name server. */
export function encodeFrame(serial: number, message: Buffer): Buffer {
  const head = Buffer.alloc(headBytes)
  head.writeUInt32BE(serial, 0)
  head[4] = 0x55
  head.writeUInt16BE(message.length, 5)
  return Buffer.concat([head, message])
}
