import { expect, test } from 'vitest'
import { imageMoment } from '#renderer/screens/images/image-moment.ts'

test.each(['1970-01-01T00:00:00.000Z', '1980-01-01T00:00:00.000Z', '0001-01-01T00:00:00.000Z'])('%s is the date of builds that shall come out alike, not of the image', (createdAt) => {
  expect(imageMoment({ createdAt })).toBeNull()
})

test('any other date is when the image was made', () => {
  expect(imageMoment({ createdAt: '2026-11-22T09:00:00.000Z' })).toBe(Date.UTC(2026, 10, 22, 9))
})
