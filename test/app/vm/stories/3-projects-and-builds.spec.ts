import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { answerDialogs } from '../../fixtures/dialogs.ts'
import { image, removedLater, uniqueName } from '../fixtures/containers.ts'
import { expect, goTo, picture, rowOf, test } from '../fixtures/story.ts'

/** A service that says a word and waits. */
const service = (word: string): string => `image: ${image}\n    command: [sh, -c, 'echo ${word}; exec sleep 1000']\n    stop_grace_period: 0s`

test('a project comes up from its folder, its logs come together, what a change would do is shown, and it goes down', async ({ running: machine }) => {
  const { window, docker, electron, folder } = machine
  const name = uniqueName('shop')
  const [path, file] = [join(folder, name), join(folder, name, 'compose.yaml')]
  const text = `services:\n  api:\n    ${service('from the api')}\n    volumes: [kept:/kept]\n  web:\n    ${service('from the web')}\n    depends_on: [api]\nvolumes:\n  kept:\n`
  await mkdir(path)
  await writeFile(file, text)
  await using _down = { [Symbol.asyncDispose]: async () => void (await docker('compose', '-p', name, 'down', '-v', '-t', '0').catch(() => undefined)) }
  const running = () => docker('ps', '--filter', `label=com.docker.compose.project=${name}`, '--format', '{{.Names}} {{.State}}')
  const saved = join(folder, `${name}.log`)
  await answerDialogs(electron, { openPaths: [path], savePath: saved })
  await goTo(window, 'Projects')
  await window.getByRole('button', { name: 'Open a folder…' }).first().click()
  await expect(rowOf(window, 'Projects', name)).toContainText('not up')
  await rowOf(window, 'Projects', name).getByRole('link', { name, exact: true }).click()
  const services = window.getByRole('group', { name: 'Services' })
  await expect(services.getByRole('listitem').filter({ hasText: 'web' })).toContainText('waits for api')
  for (const service of ['api', 'web']) await expect(services.getByRole('button', { name: `Pull the image of ${service}` })).toBeVisible()
  await window.getByRole('button', { name: 'Up', exact: true }).click()
  await expect(window.getByRole('log', { name: 'Output' })).toContainText('$ docker compose up')
  await expect(window.getByText('2 of 2 running')).toBeVisible()
  await expect(window.getByRole('log', { name: 'Output' })).toContainText(/web-1\s+Started/)
  await picture(window, 'project-output')
  expect((await running()).split('\n').toSorted()).toEqual([`${name}-api-1 running`, `${name}-web-1 running`])
  await window.getByRole('tab', { name: 'Logs' }).click()
  const log = window.getByRole('log', { name: `Log of ${name}` })
  for (const word of ['from the api', 'from the web']) await expect(log.getByText(word)).toBeVisible()
  await window.getByRole('button', { name: 'Download the log…' }).click()
  await expect(window.getByText('The log was saved.')).toBeVisible()
  expect((await readFile(saved, 'utf8')).trimEnd().split('\n').map((line) => line.slice(line.indexOf(' ') + 1))).toEqual([`${name}-api-1 from the api`, `${name}-web-1 from the web`])
  await window.getByRole('tab', { name: 'File' }).click()
  const editor = window.getByRole('textbox', { name: file })
  await editor.fill(`${text}    foo: 1\n`)
  await expect(window.getByText('Line 14:')).toBeVisible()
  await editor.fill(text.replace('from the web', 'from another web'))
  await expect(window.getByText('Up would change: web')).toBeVisible()
  await picture(window, 'project-file')
  await window.getByRole('button', { name: 'Save' }).click()
  await expect(window.getByRole('button', { name: 'Save' })).toHaveAttribute('disabled', '')
  expect(await readFile(file, 'utf8')).toContain('from another web')
  await window.getByRole('tab', { name: 'Services' }).click()
  await expect(services.getByRole('listitem').filter({ hasText: 'waits for api' })).toContainText('changes')
  await window.getByRole('button', { name: 'Up', exact: true }).click()
  await expect(window.getByRole('log', { name: 'Output' })).toContainText(/web-1\s+Recreated[^$]*web-1\s+Started/)
  await expect.poll(() => docker('logs', `${name}-web-1`)).toBe('from another web')
  await window.getByRole('button', { name: 'Down…' }).click()
  const dialog = window.getByRole('dialog', { name: `Take ${name} down` })
  await expect(dialog).toContainText('2 containers and the project’s networks are removed.')
  await dialog.getByRole('checkbox', { name: 'Also delete its volumes with everything in them' }).check()
  await dialog.getByRole('button', { name: 'Take down' }).click()
  await expect(dialog).toBeHidden()
  expect([await running(), await docker('volume', 'ls', '-q', '--filter', `name=${name}`), await docker('network', 'ls', '-q', '--filter', `name=${name}`)]).toEqual(['', '', ''])
  await goTo(window, 'Projects')
  await expect(rowOf(window, 'Projects', name)).toContainText('not up')
})

test('a build that fails shows where, and once mended goes through with what is in the cache', async ({ running: machine }) => {
  const { window, docker, electron, folder } = machine
  const tag = `${uniqueName('mine')}:1`
  const [path, dockerfile] = [join(folder, tag.replace(':', '-')), `FROM ${image}\nARG WORD=early\nRUN echo fine\nRUN echo oops; false\n`]
  await using _image = removedLater(machine, 'image', tag)
  await mkdir(path)
  await writeFile(join(path, 'Dockerfile'), dockerfile)
  await answerDialogs(electron, { openPaths: [path] })
  await goTo(window, 'Builds')
  await window.getByRole('button', { name: 'Build an image…' }).first().click()
  const dialog = window.getByRole('dialog', { name: 'Build an image' })
  await dialog.getByRole('button', { name: 'Choose…' }).click()
  await expect(dialog.getByLabel('Dockerfile')).toHaveValue('Dockerfile')
  await dialog.getByLabel('Name of the image').fill(tag)
  await expect(dialog.getByLabel('WORD')).toHaveAttribute('placeholder', 'early')
  await dialog.getByLabel('WORD').fill('mended')
  await dialog.getByRole('button', { name: 'Build', exact: true }).click()
  await expect(dialog.getByRole('alert')).toContainText('Dockerfile:4')
  await picture(window, 'build-dialog-failed')
  await writeFile(join(path, 'Dockerfile'), dockerfile.replace('oops; false', '$WORD > /mended'))
  await dialog.getByRole('button', { name: 'Build', exact: true }).click()
  await expect(window.getByRole('heading', { level: 1, name: tag })).toBeVisible()
  const steps = window.getByRole('list', { name: 'Steps' })
  await expect(steps.getByRole('listitem').filter({ hasText: 'RUN echo fine' })).toContainText('cache')
  await picture(window, 'build-done')
  expect(await docker('run', '--rm', tag, 'cat', '/mended')).toBe('mended')
  await window.getByRole('main').getByRole('link', { name: 'Builds' }).click()
  const failed = rowOf(window, 'Builds', tag).filter({ hasText: 'failed' })
  await expect(rowOf(window, 'Builds', tag).filter({ hasText: 'done' })).toBeVisible()
  await failed.getByRole('link', { name: tag }).click()
  await expect(window.getByRole('heading', { name: 'Dockerfile, line 4' })).toBeVisible()
  await expect(window.getByRole('main')).toContainText('RUN echo oops; false')
  await picture(window, 'build-failed')
})
