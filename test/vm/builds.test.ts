import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { buildFolder } from './fixtures/build-folder.ts'
import { copyBusybox, foreign, machineNames, native } from './fixtures/busybox.ts'
import { image, removeLater, uniqueName } from './fixtures/containers.ts'
import { awaitEvents } from './fixtures/engine.ts'
import { startGuestRegistry } from './fixtures/guest-registry.ts'
import { copyHostProgram } from './fixtures/host-program.ts'
import { coveOk, docker, dockerOk, type Ran } from './fixtures/run.ts'
import { startSshAgent } from './fixtures/ssh-agent.ts'

const slow = { timeoutMs: 240_000 }
/** For whichever processor: its busybox and what that says of it. */
const scratchFile = 'FROM scratch\nARG TARGETARCH\nCOPY busybox-$TARGETARCH /bin/busybox\nRUN ["/bin/busybox", "sh", "-c", "/bin/busybox uname -m > /built-on"]\n'

/** `docker buildx build --progress plain <args>`; what it printed counts, failed or not. */
function build(args: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  return docker(['buildx', 'build', '--progress', 'plain', ...args], { env, ...slow })
}

// Two at a time, but for those that mean to find something in the cache: an image that is removed takes its part of it along.
describe('BuildKit builds', () => {
  it.concurrent('B1 --ssh lends the agent of this host to a build step, and only to that', async () => {
    await using agent = await startSshAgent()
    await using folder = await buildFolder({
      Dockerfile: `FROM ${image} AS tools\nCOPY root /\nRUN --mount=type=ssh ssh-add -L > /keys\nRUN ! ssh-add -L\nFROM ${image}\nCOPY --from=tools /keys /keys\n`,
    })
    await copyHostProgram('/usr/bin/ssh-add', join(folder.path, 'root'))
    const tag = uniqueName('ssh')
    await using _image = removeLater('image', tag)
    const built = await build(['--ssh', 'default', '-t', tag, folder.path], { SSH_AUTH_SOCK: agent.socket })
    expect(built.exitCode, built.stderr).toBe(0)
    expect(await dockerOk(['run', '--rm', tag, 'cat', '/keys'])).toBe(agent.publicKey)
  })

  it.concurrent('B4 an image for the other processor is built and runs here', async () => {
    await using folder = await buildFolder({ Dockerfile: scratchFile })
    await copyBusybox(foreign, folder.path)
    const tag = uniqueName('foreign')
    await using _image = removeLater('image', tag)
    const platform = ['--platform', `linux/${foreign}`]
    const built = await build([...platform, '-t', tag, folder.path])
    expect(built.exitCode, built.stderr).toBe(0)
    const script = '/bin/busybox cat /built-on && /bin/busybox uname -m'
    expect(await dockerOk(['run', '--rm', ...platform, tag, '/bin/busybox', 'sh', '-c', script], slow)).toBe(`${machineNames[foreign]}\n${machineNames[foreign]}`)
  })

  it('B2 a cache mount outlives the build, and only what changed is built again', async () => {
    await using folder = await buildFolder({
      Dockerfile: `FROM ${image}\nRUN echo kept > /kept\nARG ROUND\nRUN --mount=type=cache,target=/cache echo "$ROUND" >> /cache/rounds && cat /cache/rounds\n`,
    })
    const first = await build(['--build-arg', 'ROUND=one', folder.path])
    expect(first.exitCode, first.stderr).toBe(0)
    const second = await build(['--build-arg', 'ROUND=two', folder.path])
    expect(second.stderr).toMatch(/RUN echo kept > \/kept\n#\d+ CACHED/)
    expect(second.stderr).toMatch(/ one\n#\d+ [\d.]+ two\n/)
  })

  it('B3 the cache travels through a registry', async () => {
    await using registry = await startGuestRegistry()
    await using folder = await buildFolder({ Dockerfile: `FROM ${image}\nRUN date +%N > /stamp\n` })
    const tag = `${registry.address}/${uniqueName('cached')}:v1`
    await using _image = removeLater('image', tag)
    const pushed = await build(['--cache-to', 'type=inline', '--push', '-t', tag, folder.path])
    expect(pushed.exitCode, pushed.stderr).toBe(0)
    await dockerOk(['buildx', 'prune', '-af'], slow)
    const again = await build(['--cache-from', `type=registry,ref=${tag}`, '--load', '-t', tag, folder.path])
    expect(again.stderr).toMatch(/RUN date \+%N > \/stamp\n#\d+ CACHED/)
  })

  it('B5 one image for both processors, in the image store that can hold it', async () => {
    const containers = await dockerOk(['ps', '-q'])
    expect(containers, 'a container that another story left running keeps Docker from starting again').toBe('')
    await useImageStore(['set', 'docker.imageStore', 'containerd'])
    try {
      expect(await dockerOk(['info', '-f', '{{.DriverStatus}}'])).toContain('io.containerd.snapshotter')
      // Each store has the image that is there from the beginning.
      await expect.poll(() => dockerOk(['images', '-q', image]), { timeout: 60_000 }).not.toBe('')
      await using folder = await buildFolder({ Dockerfile: scratchFile })
      await copyBusybox(foreign, folder.path)
      await copyBusybox(native, folder.path)
      const tag = uniqueName('both')
      const built = await build(['--platform', `linux/${native},linux/${foreign}`, '-t', tag, folder.path])
      expect(built.exitCode, built.stderr).toBe(0)
      for (const processor of [native, foreign]) {
        expect(await dockerOk(['run', '--rm', '--platform', `linux/${processor}`, tag, '/bin/busybox', 'cat', '/built-on'], slow)).toBe(machineNames[processor])
      }
      await dockerOk(['rmi', tag])
    } finally {
      await useImageStore(['unset', 'docker.imageStore'])
    }
    expect(await dockerOk(['images', '-q', image])).not.toBe('')
  })
})

/** Changes the setting and waits until Docker has started again with it. */
async function useImageStore(words: readonly string[]): Promise<void> {
  await using again = await awaitEvents((event) => event.kind === 'guest.service-running' && event.detail['name'] === 'dockerd')
  await coveOk(['config', ...words])
  await again.happened
}
