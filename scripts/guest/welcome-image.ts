import { createHash } from 'node:crypto'

import type { Architecture } from './recipe.ts'
import { writeTar, type TarEntry } from './tar.ts'

/** What the welcome image is made of. */
export type WelcomeParts = { architecture: Architecture; busybox: Buffer; applets: readonly string[]; greeting: Buffer; page: Buffer }

const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex')

function layerEntries({ busybox, applets, greeting, page }: WelcomeParts): TarEntry[] {
  const folders = ['bin/', 'etc/', 'root/', 'tmp/', 'usr/', 'usr/bin/', 'www/']
  return [
    ...folders.map((path) => ({ path, mode: path === 'tmp/' ? 0o1777 : 0o755 })),
    { path: 'bin/busybox', mode: 0o755, data: busybox },
    ...applets.filter((name) => name !== 'busybox').map((name) => ({ path: `bin/${name}`, mode: 0o777, linkTo: 'busybox' })),
    { path: 'usr/bin/env', mode: 0o777, linkTo: '../../bin/busybox' },
    { path: 'usr/bin/welcome', mode: 0o755, data: greeting },
    { path: 'etc/passwd', mode: 0o644, data: Buffer.from('root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n') },
    { path: 'etc/group', mode: 0o644, data: Buffer.from('root:x:0:\nnogroup:x:65534:\n') },
    { path: 'www/index.html', mode: 0o644, data: page },
  ]
}

/** The image cove/welcome:latest as `docker load` reads it: made of files the guest has anyway. */
export function writeWelcomeImage(parts: WelcomeParts): Buffer {
  const layer = writeTar(layerEntries(parts))
  const config = Buffer.from(
    JSON.stringify({
      architecture: parts.architecture,
      os: 'linux',
      created: '1970-01-01T00:00:00Z',
      config: { Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'], Cmd: ['welcome'], WorkingDir: '/' },
      rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(layer)}`] },
      history: [{ created: '1970-01-01T00:00:00Z', created_by: 'Cove' }],
    }),
  )
  const configName = `${sha256(config)}.json`
  const manifest = [{ Config: configName, RepoTags: ['cove/welcome:latest'], Layers: ['layer.tar'] }]
  return writeTar([
    { path: configName, mode: 0o644, data: config },
    { path: 'layer.tar', mode: 0o644, data: layer },
    { path: 'manifest.json', mode: 0o644, data: Buffer.from(JSON.stringify(manifest)) },
  ])
}
