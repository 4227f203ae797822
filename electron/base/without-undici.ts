/**
 * Keeps Node's web client (undici) out of a process that never uses it: 37 ms and 3 MB. oRPC asks of every value whether
 * it is a FormData, and Node's own loads undici. Assigned, since defineProperty would load it to find the old value
 * (Node 24.21).
 */
export function leaveOutUndici(): void {
  globalThis.FormData = class {} as unknown as typeof FormData
}
