import type { IErrorRule, ISettings, ISettingsPatch } from '../api/types';

/** The fields of a rule, in the order in which they are shown. */
const RULE_FIELDS: readonly (keyof IErrorRule)[] = [
  'field',
  'pattern',
  'category',
  'severity',
  'is_ignored',
  'group'
];

/** A setting as the settings editor holds it: rules without what they leave open. */
export function asShown(name: string, value: unknown): unknown {
  return name === 'error_rules' && Array.isArray(value)
    ? value.map(ruleAsShown)
    : value;
}

/** The names of settings that `shown` has another value for. */
export function differingNames(
  settings: ISettings,
  shown: Readonly<Record<string, unknown>>
): (keyof ISettings)[] {
  const names = Object.keys(settings) as (keyof ISettings)[];
  return names.filter(
    name =>
      shown[name] !== undefined && !equals(name, settings[name], shown[name])
  );
}

/** What of `wanted` differs from `settings`; unknown names are left out. */
export function differences(
  settings: ISettings,
  wanted: Readonly<Record<string, unknown>>
): ISettingsPatch {
  return Object.fromEntries(
    differingNames(settings, wanted).map(name => [
      name,
      asShown(name, wanted[name])
    ])
  );
}

/** Whether two values of a setting are the same; lists are the only deep ones. */
function equals(name: string, left: unknown, right: unknown): boolean {
  return (
    JSON.stringify(asShown(name, left)) === JSON.stringify(asShown(name, right))
  );
}

/** The form has no word for null, and an empty one for what is not chosen. */
function ruleAsShown(rule: Partial<IErrorRule>): Partial<IErrorRule> {
  return Object.fromEntries(
    RULE_FIELDS.filter(field => rule[field]).map(field => [field, rule[field]])
  );
}
