import { expect, test } from 'vitest'
import { virtiofsdCommand } from '#engine/vm/virtiofs/virtiofsd-command.ts'

const c = { path: '/usr/lib/qemu/virtiofsd', kind: 'c', major: 7, minor: 2 } as const
const rust = { path: '/usr/libexec/virtiofsd', kind: 'rust', major: 1, minor: 13 } as const
const root = { uid: 0, gid: 0 }
const jo = { uid: 1000, gid: 1001 }
const line = (run: Parameters<typeof virtiofsdCommand>[0]): string => {
  const { program, args } = virtiofsdCommand(run)
  return [program, ...args].join(' ')
}

test("QEMU's own runs for root, and what it may not show is covered first", () => {
  expect(line({ virtiofsd: c, folder: '/srv', hidden: undefined, user: root })).toMatchInlineSnapshot(`"/usr/lib/qemu/virtiofsd --fd=0 -f -o source=/srv,cache=auto,sandbox=namespace,log_level=warn,modcaps=-mknod"`)
  expect(line({ virtiofsd: c, folder: '/root', hidden: '/root/.cove', user: root })).toMatchInlineSnapshot(
    `"unshare --mount --propagation private -- sh -c mount -t tmpfs -o ro,mode=0555,size=4k cove "$1" && shift && exec "$@" cove /root/.cove /usr/lib/qemu/virtiofsd --fd=0 -f -o source=/root,cache=auto,sandbox=namespace,log_level=warn,modcaps=-mknod"`,
  )
})

test('The one in Rust runs for root', () => {
  expect(line({ virtiofsd: rust, folder: '/srv', hidden: undefined, user: root })).toMatchInlineSnapshot(`"/usr/libexec/virtiofsd --fd=0 --shared-dir=/srv --cache=auto --sandbox=namespace --log-level=warn --modcaps=-mknod"`)
})

test("An ordinary user's is root of a namespace of its own, and everybody in the guest is that user", () => {
  expect(line({ virtiofsd: rust, folder: '/home/jo', hidden: '/home/jo/.cove', user: jo })).toMatchInlineSnapshot(
    `"unshare --user --map-root-user --mount --propagation private -- sh -c mount -t tmpfs -o ro,mode=0555,size=4k cove "$1" && shift && exec "$@" cove /home/jo/.cove /usr/libexec/virtiofsd --fd=0 --shared-dir=/home/jo --cache=auto --sandbox=namespace --log-level=warn --modcaps=-mknod --translate-uid=host:0:1000:1 --translate-uid=squash-guest:0:0:4294967295 --translate-gid=host:0:1001:1 --translate-gid=squash-guest:0:0:4294967295"`,
  )
  expect(line({ virtiofsd: rust, folder: '/data', hidden: undefined, user: jo })).toMatch(/^unshare --user --map-root-user --mount --propagation private -- \/usr\/libexec\/virtiofsd /)
})

test('No path adds an option or a word', () => {
  expect(virtiofsdCommand({ virtiofsd: c, folder: '/a,sandbox=none\\b c', hidden: '/a,sandbox=none\\b c/$(x) "h"', user: root }).args).toEqual([
    '--mount', '--propagation', 'private', '--', 'sh', '-c', expect.not.stringContaining('$(x)'), 'cove', '/a,sandbox=none\\b c/$(x) "h"',
    '/usr/lib/qemu/virtiofsd', '--fd=0', '-f', '-o', 'source=/a\\,sandbox=none\\\\b c,cache=auto,sandbox=namespace,log_level=warn,modcaps=-mknod',
  ])
})
