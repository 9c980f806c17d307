import { wallTexts } from '../wallTicks';

const at = (day: number, hour: number, minute = 0, second = 0): number =>
  new Date(2026, 10, day, hour, minute, second).getTime() / 1000;

describe('wallTexts', () => {
  it('tells the time in the words of the language, and the day where it changes', () => {
    const splits = [at(22, 22), at(23, 0), at(23, 2)];
    expect(wallTexts(splits, 7200, 'de_DE')).toEqual([
      '22:00\n22. Nov.',
      '00:00\n23. Nov.',
      '02:00'
    ]);
    expect(wallTexts(splits, 7200, 'en')[2]).toMatch(/^02:00\sAM$/);
  });

  it('tells seconds only where they count, and days alone where they are far apart', () => {
    expect(wallTexts([at(22, 9, 1, 30)], 30, 'de')).toEqual([
      '09:01:30\n22. Nov.'
    ]);
    expect(wallTexts([at(22, 0), at(23, 0)], 86_400, 'de')).toEqual([
      '22. Nov.',
      '23. Nov.'
    ]);
  });
});
