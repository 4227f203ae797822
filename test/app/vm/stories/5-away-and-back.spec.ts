import { readFile } from 'node:fs/promises'
import { connectEngine } from '../../../../electron/base/engine-client.ts'
import type { Status } from '../../../../electron/contract/state.ts'
import { startContainer } from '../fixtures/containers.ts'
import type { Machine } from '../fixtures/machine.ts'
import { expect, goTo, open, picture, rowOf, test, untilState } from '../fixtures/story.ts'

async function status({ paths }: Machine): Promise<Status> {
  await using client = await connectEngine({ paths })
  return await client.api.engine.status()
}

/** Empty where no program runs under this number; one whose parent died may wait there to be reaped. */
function commandLine(pid: number): Promise<string> {
  return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
}

test('an engine that is killed while one reads a log comes back by itself: nothing in the vm noticed, and the log goes on', async ({ running: machine }) => {
  const { window, docker } = machine
  await using container = await startContainer(machine, 'echo before; exec sleep 1000')
  await open(window, 'Containers', container.name)
  const log = window.getByRole('log', { name: `Log of ${container.name}` })
  await expect(log.getByText('before')).toBeVisible()
  const former = await status(machine)
  const began = await docker('inspect', '-f', '{{.State.StartedAt}}', container.name)
  await window.evaluate(() => Object.assign(globalThis, { notReloaded: true }))
  process.kill(former.engine!.pid, 'SIGKILL')
  // The app starts another one, which takes the vm over.
  const others = async () => (await status(machine).catch(() => undefined))?.engine?.pid ?? former.engine?.pid
  await expect.poll(others).not.toBe(former.engine?.pid)
  await untilState(window, 'Docker is running')
  expect((await status(machine)).vm?.pid).toBe(former.vm?.pid)
  await docker('exec', container.name, 'sh', '-c', 'echo afterwards > /proc/1/fd/1')
  await expect(log.getByText('afterwards')).toBeVisible()
  await picture(window, 'engine-back')
  expect(await docker('inspect', '-f', '{{.State.StartedAt}}', container.name)).toBe(began)
  expect(await window.evaluate(() => 'notReloaded' in globalThis)).toBe(true)
})

test('put to sleep Docker takes neither memory nor processor, what was known stays, and it goes on where it was when woken', async ({ running: machine }) => {
  const { window, docker } = machine
  await using container = await startContainer(machine, 'exec sleep 1000')
  const began = await docker('inspect', '-f', '{{.State.StartedAt}}', container.name)
  const { vm } = await status(machine)
  await goTo(window, 'Overview')
  await window.getByRole('main').getByRole('button', { name: 'Put Docker to sleep' }).click()
  await untilState(window, 'Docker is asleep')
  expect([(await status(machine)).vm, await commandLine(vm!.pid)]).toEqual([null, ''])
  await picture(window, 'asleep')
  await goTo(window, 'Containers')
  await expect(rowOf(window, 'Containers', container.name)).toContainText('running')
  await expect(window.getByText('What you see is the last that was known.')).toBeVisible()
  await picture(window, 'containers-asleep')
  await window.getByRole('main').getByRole('button', { name: 'Wake Docker' }).click()
  await untilState(window, 'Docker is running')
  await expect(window.getByText('What you see is the last that was known.')).toHaveCount(0)
  expect(await docker('inspect', '-f', '{{.State.StartedAt}} {{.State.Running}}', container.name)).toBe(`${began} true`)
  // And by whoever asks it for something.
  await window.getByRole('contentinfo').getByRole('button', { name: 'Put Docker to sleep' }).click()
  await untilState(window, 'Docker is asleep')
  expect(await docker('ps', '--format', '{{.Names}}')).toBe(container.name)
  await untilState(window, 'Docker is running')
})
