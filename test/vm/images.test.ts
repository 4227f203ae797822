import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { buildFolder } from './fixtures/build-folder.ts'
import { image, removeLater, uniqueName } from './fixtures/containers.ts'
import { docker, dockerOk } from './fixtures/run.ts'

describe('images', () => {
  it('C13 tag, inspect, history, save, rmi and load work together', async () => {
    await using folder = await buildFolder({})
    const tag = `${uniqueName('img')}:v1`
    await dockerOk(['tag', image, tag])
    expect(await dockerOk(['images', '-q', tag])).toMatch(/^[0-9a-f]{12}$/)
    const id = await dockerOk(['inspect', '-f', '{{.Id}}', tag])
    expect(await dockerOk(['history', '-q', tag])).not.toBe('')
    const archive = join(folder.path, 'image.tar')
    await dockerOk(['save', '-o', archive, tag])
    await dockerOk(['rmi', tag])
    expect((await docker(['inspect', tag])).exitCode).not.toBe(0)
    expect(await dockerOk(['load', '-i', archive])).toContain(tag)
    expect(await dockerOk(['inspect', '-f', '{{.Id}}', tag])).toBe(id)
    await dockerOk(['rmi', tag])
  })

  it('C13 an unknown image fails with a clear message', async () => {
    const ran = await docker(['run', '--rm', '--pull', 'never', 'no-such-image:nowhere', 'true'])
    expect(ran.exitCode).toBe(125)
    expect(ran.stderr).toMatch(/no such image/i)
  })

  it.for(['0', '1'])('C16 builds with build-arg, .dockerignore, multi-stage and a Dockerfile of stdin (DOCKER_BUILDKIT=%s)', async (buildkit) => {
    await using folder = await buildFolder({
      Dockerfile: `FROM ${image} AS first\nARG WHO=nobody\nCOPY . /ctx\nRUN echo "hi $WHO" > /out && ls /ctx > /listing\nFROM ${image}\nCOPY --from=first /out /listing /\nCMD ["cat", "/out", "/listing"]\n`,
      '.dockerignore': 'secret*\n',
      'kept.txt': 'x',
      'secret.txt': 'y',
    })
    const tag = uniqueName('build')
    await using _image = removeLater('image', tag)
    const env = { DOCKER_BUILDKIT: buildkit }
    await dockerOk(['build', '-q', '-t', tag, '--build-arg', 'WHO=cove', folder.path], { env, timeoutMs: 240_000 })
    const printed = await dockerOk(['run', '--rm', tag])
    expect(printed).toContain('hi cove')
    expect(printed).toContain('kept.txt')
    expect(printed).not.toContain('secret.txt')
    const fromStdin = await docker(['build', '-q', '-'], { env, input: `FROM ${image}\nRUN true\n`, timeoutMs: 240_000 })
    expect(fromStdin.exitCode, fromStdin.stderr).toBe(0)
  })

  it('C16 a second BuildKit build comes from the cache, and a secret leaves no trace', async () => {
    await using folder = await buildFolder({
      Dockerfile: `FROM ${image}\nRUN --mount=type=secret,id=token wc -c < /run/secrets/token > /length\n`,
      token: 'canary-7731',
    })
    const tag = uniqueName('cached')
    await using _image = removeLater('image', tag)
    const env = { DOCKER_BUILDKIT: '1', BUILDKIT_PROGRESS: 'plain' }
    const build = () => docker(['build', '-t', tag, '--secret', `id=token,src=${join(folder.path, 'token')}`, '-f', join(folder.path, 'Dockerfile'), join(folder.path, 'empty')], { env, timeoutMs: 240_000 })
    await mkdir(join(folder.path, 'empty'))
    const first = await build()
    expect(first.exitCode, first.stderr).toBe(0)
    const second = await build()
    expect(second.stderr).toMatch(/CACHED/)
    expect(await dockerOk(['history', '--no-trunc', tag])).not.toContain('canary-7731')
    expect(await dockerOk(['run', '--rm', tag, 'sh', '-c', 'cat /length; ls /run/secrets 2>/dev/null; true'])).toBe('11')
  })

  it('C16 a failing step fails the build and names the step', async () => {
    await using folder = await buildFolder({ Dockerfile: `FROM ${image}\nRUN echo about-to-fail && exit 23\n` })
    const ran = await docker(['build', folder.path], { env: { DOCKER_BUILDKIT: '1', BUILDKIT_PROGRESS: 'plain' } })
    expect(ran.exitCode).not.toBe(0)
    expect(ran.stderr).toMatch(/exit code: 23/)
  })

  it('C18 system df counts, and prune removes what nothing uses and nothing else', async () => {
    const volume = uniqueName('kept')
    await using _volume = removeLater('volume', volume)
    await dockerOk(['volume', 'create', volume])
    await dockerOk(['create', '--name', uniqueName('gone'), image, 'true'])
    const types = await dockerOk(['system', 'df', '--format', '{{.Type}} {{.TotalCount}}'])
    expect(types).toMatch(/^Images [1-9]/m)
    await dockerOk(['system', 'prune', '-f'])
    expect(await dockerOk(['ps', '-aq', '--filter', 'name=gone-'])).toBe('')
    expect(await dockerOk(['images', '-q', image])).not.toBe('')
    expect(await dockerOk(['volume', 'ls', '-q', '--filter', `name=${volume}`])).toBe(volume)
  })
})
