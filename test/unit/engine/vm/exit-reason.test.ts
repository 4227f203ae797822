import { expect, test } from 'vitest'
import { describeExit, type ExitFacts } from '#engine/vm/exit-reason.ts'
import { isPortTaken, startFailure } from '#engine/vm/start-failure.ts'

const facts: ExitFacts = { asked: false, code: null, signal: null, shutdown: undefined, qemuTail: '', guestTail: '' }

test.each<[Partial<ExitFacts>, string]>([
  [{ asked: true, code: 0 }, 'the vm was stopped'],
  [{ asked: true, signal: 'SIGKILL' }, 'the vm did not stop in time and was killed'],
  [{ code: 0, shutdown: 'guest-shutdown' }, 'the guest powered off by itself'],
  [{ code: 0, shutdown: 'guest-reset', guestTail: 'Kernel panic' }, "the guest restarted or its kernel panicked; the guest's last words: Kernel panic"],
  [{ code: 0, shutdown: 'subsystem-reset' }, 'QEMU shut down (subsystem-reset)'],
  [{ signal: 'SIGABRT', qemuTail: 'msix assert' }, "QEMU was ended by SIGABRT; QEMU's last words: msix assert"],
  [{ code: 1 }, 'QEMU ended with code 1'],
  [{ signal: 'SIGKILL', broken: 'kvm', qemuTail: 'DR7=0' }, 'the accelerator "kvm" cannot carry this guest on (QEMU: internal error; see: cove logs qemu)'],
  [{}, 'QEMU ended without a word'],
])('An end with %j is told as %j', (known, reason) => {
  expect(describeExit({ ...facts, ...known })).toBe(reason)
})

test.each([
  ['-device virtio-blk-pci,drive=data: Failed to get "write" lock | Is another process using the image [/d]?', 'disk.in-use', /in use by another process/],
  ["Could not set up host forwarding rule 'tcp:127.0.0.1:80-:22'", 'vm.start-failed', /port 40022 of 127\.0\.0\.1/],
  ["cannot set up guest memory 'pc.ram': Cannot allocate memory", 'vm.start-failed', /cannot give the vm 2048 MiB/],
  ['qcow2: Image is corrupt: L2 table offset 0x2a00 unaligned', 'disk.corrupt', /"\/d" is damaged/],
  ['failed to initialize kvm: Permission denied', 'vm.start-failed', /ended with code 1 while starting: failed to initialize kvm/],
  ['', 'vm.start-failed', /it said nothing/],
])('QEMU saying %j while it starts is %s', (tail, code, message) => {
  const error = startFailure({ code: 1, signal: null, tail, dataDisk: '/d', sshPort: 40_022, memoryMiB: 2048 })
  expect(error).toMatchObject({ code, message: expect.stringMatching(message), hint: expect.stringMatching(/\S/) })
})

test('Only a refused forwarding is worth another port', () => {
  expect(isPortTaken("qemu: -netdev user: Could not set up host forwarding rule 'tcp::1-:2'")).toBe(true)
  expect(isPortTaken('Address already in use')).toBe(false)
})
