import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { image, removeLater, startContainer, uniqueName } from '../fixtures/containers.ts'
import { temporaryFolder, type TemporaryFolder } from '../fixtures/host.ts'
import { cove, dockerOk, type Ran } from '../fixtures/run.ts'

/** Clears the screen, sets the window's title, rings, writes from right to left, returns to the line's start; and HTML. */
const hostile = 'shop\u001B[2J\u001B]0;title\u0007\u202Ereversed\u2066\r<img src=x onerror=alert(1)>\u009B31m'
const obeyed = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/

/** All that a word prints, as a person would see it. */
function shownBy({ stdout, stderr }: Ran): string {
  return stdout + stderr
}

describe('text that containers choose', () => {
  let folder: TemporaryFolder
  let made: { volume: string; container: string }

  beforeAll(async () => {
    await using stack = new AsyncDisposableStack()
    folder = stack.use(await temporaryFolder())
    const labels = join(folder.path, 'labels')
    await writeFile(labels, `com.docker.compose.project=${hostile.replaceAll('\r', '')}\nlong=${'x'.repeat(60_000)}\n`)
    const volume = uniqueName('evil')
    await dockerOk(['volume', 'create', '--label', `com.docker.compose.project=${hostile}`, volume])
    stack.use(removeLater('volume', volume))
    const container = stack.use(await startContainer(['sh', '-c', 'touch "/v/$0" "/$0"; exec sleep 1000', hostile], ['--init', '--label-file', labels, '--label', `own=${hostile}`, '-p', '127.0.0.1::80', '-v', `${volume}:/v`]))
    await dockerOk(['run', '--rm', '--privileged', image, 'sh', '-c', `printf '%s\\n' "$0" > /dev/kmsg`, hostile])
    made = { volume, container: container.name }
    const all = stack.move()
    return () => all.disposeAsync()
  })

  const words: ((names: typeof made) => string[])[] = [
    () => ['port', 'list'],
    () => ['export', '--dry-run'],
    () => ['export', '--dry-run', '--projects', hostile],
    () => ['project', 'list'],
    ({ volume }) => ['volume', 'uses', volume],
    ({ volume }) => ['volume', 'files', volume],
    ({ container }) => ['container', 'files', container],
    ({ container }) => ['container', 'changes', container],
    ({ container }) => ['container', 'loss', container],
    ({ container }) => ['container', 'command', container],
    () => ['image', 'uses', image],
    () => ['prune'],
    () => ['activity'],
    () => ['task', 'list'],
    () => ['history'],
    () => ['share', 'list'],
    () => ['container', 'files', hostile],
  ]

  it('X4 is shown, never obeyed, by every word that tells of containers', async () => {
    for (const word of words.map((each) => each(made))) {
      const shown = shownBy(await cove(word))
      expect(shown, word.join(' ')).not.toMatch(obeyed)
      expect(shown, word.join(' ')).not.toBe('')
    }
    expect(shownBy(await cove(['volume', 'files', made.volume]))).toContain(String.raw`\x1b[2J`)
  })

  it('X4 is whole in what scripts read', async () => {
    const { exitCode, stdout } = await cove(['export', '--dry-run', '--json'])
    expect(exitCode).toBe(0)
    expect(() => JSON.parse(stdout) as unknown).not.toThrow()
    expect(stdout).not.toMatch(obeyed)
  })

  it('X4 of a folder on the host is quoted in the refusal to share it', async () => {
    const path = join(folder.path, hostile)
    await mkdir(path)
    const shown = shownBy(await cove(['share', 'add', join(path, 'absent')]))
    expect(shown).toContain(String.raw`\x1b[2J`)
    expect(shown).not.toMatch(obeyed)
  })
})
