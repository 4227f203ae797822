import { describe, expect, test } from 'vitest'
import { kernelCommandLine, option, qemuArguments } from '#engine/vm/arguments.ts'
import { type Accelerator, cpuModels, type VmHost } from '#engine/vm/host.ts'
import type { VmPlan } from '#engine/vm/plan.ts'

const hosts: Record<string, VmHost> = {
  'macOS arm64': { platform: 'darwin', arch: 'arm64', release: '25.0.0' },
  'macOS x64': { platform: 'darwin', arch: 'x64', release: '25.0.0' },
  'Windows 11 x64': { platform: 'win32', arch: 'x64', release: '10.0.26100' },
  'Windows 10 x64': { platform: 'win32', arch: 'x64', release: '10.0.19045' },
  'Windows arm64': { platform: 'win32', arch: 'arm64', release: '10.0.26100' },
  'Linux x64': { platform: 'linux', arch: 'x64', release: '6.12.0' },
  'Linux arm64': { platform: 'linux', arch: 'arm64', release: '6.12.0' },
}
const hardware = { darwin: 'hvf', win32: 'whpx', linux: 'kvm' } as const

function plan(host: VmHost, accelerator: Accelerator): VmPlan {
  const isWindows = host.platform === 'win32'
  const home = { linux: '/home/jo/.cove', darwin: '/Users/jo/.cove', win32: 'C:\\Users\\jo\\.cove' }[host.platform]
  const file = (name: string): string => `${home}${isWindows ? '\\' : '/'}${name}`
  return {
    host,
    accelerator,
    cpuModel: cpuModels(accelerator, host, { major: 7, minor: 2, patch: 0 })[0] ?? '',
    cpus: 4,
    memoryMiB: 2048,
    kernel: file('kernel'),
    initrd: file('initrd'),
    root: file('root.erofs'),
    dataDisk: file('data.qcow2'),
    sshPort: 40022,
    fwCfg: [{ name: 'opt/org.cove/config', file: file('config') }],
    monitor: isWindows ? { kind: 'pipe', name: 'cove-1-qmp' } : { kind: 'fd', fd: 3 },
    control: isWindows ? { kind: 'pipe', name: 'cove-1-control' } : { kind: 'fd', fd: 4 },
    ports: [{ name: 'names', channel: isWindows ? { kind: 'pipe', name: 'cove-1-names' } : { kind: 'fd', fd: 6 } }],
    virtiofs: [],
    serialLog: file('guest.log'),
  }
}

describe.each(Object.entries(hosts))('QEMU arguments on %s', (_name, host) => {
  test.each([hardware[host.platform], 'tcg'] as const)('with %s', (accelerator) => {
    const args = qemuArguments(plan(host, accelerator))
    // One option and its value per line, as a person would write them.
    expect(args.join(' ').replaceAll(/ (?=-[a-z])/g, '\n')).toMatchSnapshot()
  })
})

test('Every value that may hold a comma is escaped, so that a path cannot add an option', () => {
  const host = hosts['Linux x64'] as VmHost
  const args = qemuArguments({ ...plan(host, 'tcg'), dataDisk: '/a,b/d,file.locking=off', root: '/r,,r', serialLog: '/s,append=off' })
  expect(args).toContainEqual(expect.stringContaining('file.filename=/a,,b/d,,file.locking=off,'))
  expect(args).toContainEqual(expect.stringContaining('filename=/r,,,,r,'))
  expect(args).toContainEqual(expect.stringContaining('path=/s,,append=off,'))
})

test('An option is its head and its pairs', () => {
  expect(option('q35', {})).toBe('q35')
  expect(option('a', { b: 1, c: 'd,e' })).toBe('a,b=1,c=d,,e')
})

test('The kernel is trimmed for emulation only', () => {
  const arm = hosts['macOS arm64'] as VmHost
  const x64 = hosts['Linux x64'] as VmHost
  expect(kernelCommandLine({ host: x64, accelerator: 'kvm' })).not.toMatch(/mitigations|lpj|blacklist/)
  expect(kernelCommandLine({ host: x64, accelerator: 'tcg' })).toMatch(/ mitigations=off lpj=\d+ .*rcu_expedited=1 .*tsc=reliable/)
  expect(kernelCommandLine({ host: arm, accelerator: 'tcg' })).toMatch(/^console=ttyAMA0 .* cove\.emulated=1$/)
})

test('Folders by virtiofs add devices after all others and memory that their servers share; without any nothing changes', () => {
  const present = plan(hosts['Linux x64'] as VmHost, 'kvm')
  const without = qemuArguments(present)
  const virtiofs = [{ tag: 'cove0', socket: '/h,1/run/a' }, { tag: 'cove1', socket: '/h,1/run/b' }]
  const args = qemuArguments({ ...present, virtiofs })
  expect(without.join(' ')).not.toMatch(/memory-backend|vhost-user|virtiofs/)
  expect(args.filter((arg) => !without.includes(arg)).join('\n')).toMatchInlineSnapshot(`
    "q35,usb=off,sata=off,smbus=off,vmport=off,hpet=off,i8042=off,dump-guest-core=off,memory-backend=memory0
    -object
    memory-backend-memfd,id=memory0,size=2048M,share=on
    socket,id=virtiofs-cove0,path=/h,,1/run/a
    vhost-user-fs-pci,chardev=virtiofs-cove0,tag=cove0,queue-size=1024
    socket,id=virtiofs-cove1,path=/h,,1/run/b
    vhost-user-fs-pci,chardev=virtiofs-cove1,tag=cove1,queue-size=1024"
  `)
  const devices = args.filter((_, i) => args[i - 1] === '-device')
  expect(devices.slice(0, -2)).toEqual(without.filter((_, i) => without[i - 1] === '-device'))
  expect(qemuArguments({ ...plan(hosts['Linux arm64'] as VmHost, 'kvm'), virtiofs })).toContain('virt,gic-version=max,dump-guest-core=off,memory-backend=memory0')
})
