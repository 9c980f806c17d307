import { formatNumber } from '../numbers';

describe('formatNumber', () => {
  it.each([
    [0.912345678, '0.91235'],
    [0.999999, '0.999999'],
    [2.0000001, '2.0000001'],
    [1, '1'],
    [0.00001234, '1.234e-5'],
    [12_500, '12,500'],
    [NaN, 'NaN']
  ])('shows %d as %s', (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });
});
