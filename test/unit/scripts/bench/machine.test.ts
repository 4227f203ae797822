import { expect, test } from 'vitest'
import { machineOf, qemuOfMachine } from '#scripts/bench/machine.ts'
import { referenceArguments } from '#scripts/bench/reference/reference-vm.ts'

const commandLine = '/usr/bin/qemu -name cove -machine q35,usb=off -accel tcg -cpu max -smp 2,cores=2 -m 2048M -kernel vmlinux'.split(' ')

test('the conventional guest gets the machine that Cove starts, and nothing else of its command line', () => {
  const machine = machineOf(commandLine)
  expect(machine.program).toBe('/usr/bin/qemu')
  const words = qemuOfMachine(machine).join(' ')
  expect(words).toContain('-machine q35,usb=off -accel tcg -cpu max -smp 2,cores=2 -m 2048M')
  expect(words).not.toContain('vmlinux')
})

test('a command line without one of the shared options is refused', () => {
  expect(() => machineOf(['qemu', '-machine', 'q35'])).toThrow('-accel')
})

test('the conventional guest boots its disk through the firmware, with sshd behind one loopback port', () => {
  const words = referenceArguments(machineOf(commandLine), '/tmp/disk.qcow2', 2222).join(' ')
  expect(words).toContain('file.filename=/tmp/disk.qcow2')
  expect(words).toContain('hostfwd=tcp:127.0.0.1:2222-:22')
  expect(words).not.toMatch(/-kernel|-initrd/)
})
