import { describe, expect, it } from 'vitest'

import { loadOrder, moduleName, parseDependencies, trimModule } from '#scripts/guest/kernel-modules.ts'

const dependencies = parseDependencies(`kernel/fs/erofs/erofs.ko.xz: kernel/lib/libcrc32c.ko.xz
kernel/lib/libcrc32c.ko.xz:
kernel/net/nft_compat.ko.xz: kernel/net/nf_tables.ko.xz kernel/net/nfnetlink.ko.xz kernel/lib/libcrc32c.ko.xz
kernel/net/nf_tables.ko.xz: kernel/net/nfnetlink.ko.xz kernel/lib/libcrc32c.ko.xz
kernel/net/nfnetlink.ko.xz:
kernel/drivers/virtio-rng.ko.xz:
`)

describe('the order in which kernel modules load', () => {
  it('puts what a module needs before it, each once', () => {
    const names = loadOrder(['erofs', 'nft_compat'], dependencies).map(moduleName)
    expect(names).toEqual(['libcrc32c', 'erofs', 'nfnetlink', 'nf_tables', 'nft_compat'])
  })

  it('takes dashes for underscores as the kernel does', () => {
    expect(loadOrder(['virtio_rng'], dependencies)).toEqual(['kernel/drivers/virtio-rng.ko.xz'])
  })

  it('leaves out what the kernel has built in', () => {
    expect(loadOrder(['ext4'], dependencies)).toEqual([])
  })
})

describe('a module file', () => {
  it('loses its appended signature and nothing else', () => {
    const code = Buffer.from('the module itself')
    const signature = Buffer.alloc(300, 1)
    const info = Buffer.alloc(12)
    info.writeUInt32BE(signature.length, 8)
    const signed = Buffer.concat([code, signature, info, Buffer.from('~Module signature appended~\n')])
    expect(trimModule(signed)).toEqual(code)
    expect(trimModule(code)).toEqual(code)
  })
})
