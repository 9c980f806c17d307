import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

/** Every kind of term with examples, in the words of the user. */
function terms(trans: TranslationBundle): [string[], string][] {
  return [
    [
      ['read_csv', '"learning rate"'],
      trans.__(
        'Words, or a phrase in quotation marks, in code, errors, names and notes.'
      )
    ],
    [['status:error', 'status:interrupted'], trans.__('How the run ended.')],
    [['error:KeyError'], trans.__('Beginning of the name of the error.')],
    [
      ['duration>10s', 'duration<=500ms'],
      trans.__('How long it took: ms, s, m, h.')
    ],
    [
      ['peak_rss>2GB', 'peak_rss<=500MB'],
      trans.__('The most memory it held: MB, GB, MiB, GiB.')
    ],
    [
      ['started>2d', 'started>2026-11-01', 'ended:today'],
      trans.__('When: a date, a time, an age, or today.')
    ],
    [
      ['notebook:train', 'experiment:baseline', 'kernel:python3'],
      trans.__('Where it was run.')
    ],
    [['param.lr<0.01', 'param.model=resnet'], trans.__('A parameter.')],
    [
      ['metric.acc>=0.9', 'metric.acc'],
      trans.__('A metric, or that it has one.')
    ],
    [['tag.team:nlp', 'tag.team'], trans.__('A tag, or that it has one.')],
    [
      ['is:starred', 'has:note', 'has:name', 'has:error'],
      trans.__('What it was given.')
    ],
    [
      ['data:train.csv'],
      trans.__('Beginning of the name of a file it read or wrote.')
    ],
    [
      ['flag:any', 'flag:out_of_order'],
      trans.__(
        'Why it may not repeat: it read names of a cell below it, or of one that was edited, deleted or run before a restart.'
      )
    ],
    [['name:baseline'], trans.__('Part of the name it was given.')],
    [['user:ana'], trans.__('Who ran it.')],
    [['target:local'], trans.__('Where it was sent to.')],
    [
      [
        'fit OR transform',
        'error:Key NOT read_csv',
        '(fit OR train) duration>1m'
      ],
      trans.__(
        'Terms side by side must all hold; OR, NOT and parentheses work.'
      )
    ]
  ];
}

/** The search language by example; a click on an example searches for it. */
export function SearchHelpView(props: {
  trans: TranslationBundle;
  onPick: (example: string) => void;
}): JSX.Element {
  const { trans, onPick } = props;
  return (
    <div className="jp-DsinfraSearchHelp">
      <p>{trans.__('Click on an example to search for it.')}</p>
      <dl>
        {terms(trans).map(([examples, meaning]) => (
          <div key={meaning} className="jp-DsinfraSearchHelp-term">
            <dt>
              {examples.map(example => (
                <button
                  key={example}
                  type="button"
                  className="jp-DsinfraSearchHelp-example"
                  onClick={() => onPick(example)}
                >
                  {example}
                </button>
              ))}
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
