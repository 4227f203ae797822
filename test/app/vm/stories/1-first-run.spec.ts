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
