import { mkdtempDisposable, mkdir, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import type { ContainerSummary } from '#engine/docker/docker-shapes.ts'
import { findProjects, readProject } from '#engine/transfer/projects.ts'

const container = (labels: Record<string, string>, image = 'sha256:a'): ContainerSummary => ({
  Id: 'c', Names: ['/c'], Image: 'i', ImageID: image, State: 'running', Mounts: [],
  Labels: Object.fromEntries(Object.entries(labels).map(([key, value]) => [`com.docker.compose.project${key}`, value])),
})

test('projects are found by the labels of their containers, each once', () => {
  const found = findProjects([
    container({ '': 'shop', '.working_dir': '/w', '.config_files': '/w/compose.yaml,/w/more.yml' }),
    container({ '': 'shop', '.working_dir': '/w', '.config_files': '/w/compose.yaml' }, 'sha256:b'),
    container({ '': '../evil' }),
    container({}),
  ])
  expect(found).toEqual([{ name: 'shop', workingDir: '/w', composeFiles: ['/w/compose.yaml', '/w/more.yml'], envFiles: [join('/w', '.env')], imageIds: ['sha256:a', 'sha256:b'] }])
})

test('a label leads to no other file than those Compose reads', { skip: process.platform === 'win32' }, async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'cove-project-'))
  const [work, secret] = [join(dir.path, 'work'), join(dir.path, 'secret')]
  await mkdir(work)
  await mkdir(secret)
  await writeFile(join(secret, 'id_ed25519'), 'PRIVATE')
  await writeFile(join(secret, 'config.yaml'), 'PRIVATE')
  await writeFile(join(work, 'compose.yaml'), 'services: {}')
  await writeFile(join(work, '.env'), 'PASSWORD=1')
  await writeFile(join(work, 'big.yaml'), 'x'.repeat(300_000))
  await writeFile(join(work, 'binary.yaml'), Buffer.from([0xff, 0xfe, 0]))
  await symlink(join(secret, 'config.yaml'), join(work, 'link.yaml'))
  execFileSync('mkfifo', [join(work, 'fifo.yaml')])
  await mkdir(join(work, 'folder.yaml'))
  const files = ['compose.yaml', 'big.yaml', 'binary.yaml', 'link.yaml', 'fifo.yaml', 'folder.yaml', 'gone.yaml', '../secret/config.yaml', '../secret/id_ed25519']
  const [project] = findProjects([container({ '': 'p', '.working_dir': work, '.config_files': files.map((file) => `${work}/${file}`).join(',') })])
  const without = await readProject(project!, false)
  expect(without.item.files).toEqual([{ name: 'compose.yaml', text: 'services: {}' }])
  expect(without.leftOut.map(({ what }) => what.slice(work.length + 1).split(' ')[0])).toEqual([...files.slice(1), '.env'])
  expect(JSON.stringify(without)).not.toMatch(/PRIVATE|PASSWORD/)
  const withEnv = await readProject(project!, true)
  expect(withEnv.item.files.map(({ name }) => name)).toEqual(['compose.yaml', '.env'])
})
