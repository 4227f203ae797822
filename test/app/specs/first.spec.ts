import { expect, test, untilLive } from '../fixtures/app.ts'

test('the window shows the state of an engine that it started', async ({ home }) => {
  const { window, usableMs } = await home.launch()
  console.log(usableMs)
  await untilLive(window)
  await window.screenshot({ path: 'test/app/screenshots/first.png' })
  expect(await window.title()).toContain('Cove')
})
