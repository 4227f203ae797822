import { join } from 'node:path'
import { startFakeDocker } from '../../../fixtures/fake-docker/fake-docker.ts'
import { uniqueName } from '../fixtures/containers.ts'
import { expect, goTo, picture, test, untilState } from '../fixtures/story.ts'

test('opened for the first time Docker comes up without a question, and docker speaks to it in every shell', async ({ machine: { window }, running: { docker, plainDocker } }) => {
  await goTo(window, 'Overview')
  const main = window.getByRole('main')
  await expect(main.getByText('docker run --rm cove/welcome')).toBeVisible()
  await expect(main.getByRole('alert')).toHaveCount(0)
  await main.getByRole('button', { name: 'Use Cove’s Docker' }).click()
  await expect.poll(() => plainDocker('context', 'show')).toBe('cove')
  await picture(window, 'first-run')
  expect(await plainDocker('run', '--rm', 'cove/welcome')).toContain('This container runs, so Docker works.')
  expect(await plainDocker('info', '--format', '{{.ID}}')).toBe(await docker('info', '--format', '{{.ID}}'))
  await goTo(window, 'Activity')
  await expect(window.getByRole('grid', { name: 'Activity' }).getByRole('row').filter({ hasText: 'Docker was started' })).toBeVisible()
  await untilState(window, 'Docker is running')
})

test('what another Docker on this computer holds is found by its context, listed, and brought over', async ({ running: { window, docker, plainDocker, folder } }) => {
  const name = uniqueName('team')
  await using other = await startFakeDocker(join(folder, 'other.sock'))
  other.state.images.clear()
  other.state.networks.set('abc', { id: 'abc', name, driver: 'bridge' })
  await plainDocker('context', 'create', 'other', '--docker', `host=unix://${other.path}`)
  await using _context = { [Symbol.asyncDispose]: async () => void (await plainDocker('context', 'rm', '-f', 'other')) }
  await goTo(window, 'Images')
  await goTo(window, 'Overview')
  await window.getByRole('button', { name: 'From other…' }).click()
  const dialog = window.getByRole('dialog', { name: 'Bring over from other' })
  await expect(dialog.getByRole('listitem').filter({ hasText: name })).toContainText('network · new')
  await picture(window, 'bring-over')
  await dialog.getByRole('button', { name: 'Bring over' }).click()
  await expect(dialog).toBeHidden()
  expect(await docker('network', 'ls', '-q', '--filter', `name=${name}`)).not.toBe('')
  await window.getByRole('button', { name: 'From other…' }).click()
  await expect(dialog.getByRole('listitem').filter({ hasText: name })).toContainText('network · already here')
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await docker('network', 'rm', name)
})
