import js from '@eslint/js';
import jupyterPlugin from '@jupyter/eslint-plugin';
import { defineConfig } from 'eslint/config';
import prettierRecommended from 'eslint-plugin-prettier/recommended';
import globals from 'globals';
import tseslint from 'typescript-eslint';

/** Only the API folder talks to the server. */
const SERVER_CONNECTION = {
  name: '@jupyterlab/services',
  importNames: ['ServerConnection'],
  message: 'Requests go through src/api/client.ts.',
  allowTypeImports: true
};

/** One way to name files: a reader who knows one knows all. */
const CAMEL_CASE = {
  regex: '^\\..*-[^/.]*$',
  message: 'Files are named in camelCase.'
};

export default defineConfig([
  {
    ignores: [
      '**/node_modules',
      '**/lib',
      '**/dist',
      'coverage',
      'dsinfra_jlab',
      '**/*.js',
      '**/*.d.ts',
      'src/api/schema.ts'
    ]
  },
  js.configs.recommended,
  tseslint.configs.recommended,
  {
    plugins: { jupyter: jupyterPlugin }
  },
  jupyterPlugin.configs.recommended,
  {
    files: ['src/**/*.ts', 'src/**/*.tsx'],
    languageOptions: {
      globals: { ...globals.browser, ...globals.es2021 },
      parserOptions: {
        project: 'tsconfig.test.json',
        sourceType: 'module'
      }
    },
    rules: {
      '@typescript-eslint/ban-ts-comment': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/naming-convention': [
        'error',
        {
          selector: 'interface',
          format: ['PascalCase'],
          custom: { regex: '^I[A-Z]', match: true }
        }
      ],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-namespace': 'off',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { paths: [SERVER_CONNECTION], patterns: [CAMEL_CASE] }
      ],
      '@typescript-eslint/no-unused-vars': ['error', { args: 'none' }],
      curly: ['error', 'all'],
      eqeqeq: 'error',
      'jupyter/command-described-by': 'error',
      'jupyter/command-id-convention': 'error',
      'jupyter/no-dynamic-translation': 'error',
      'jupyter/no-untranslated-string': 'error',
      'jupyter/plugin-description': 'error',
      'jupyter/plugin-id-convention': 'error',
      'jupyter/prefer-lazy-imports': [
        'error',
        {
          // The connection is needed at once, and all of it is small.
          ignoreImports: ['./connection', './client', './events', './version']
        }
      ],
      'jupyter/require-disposable-ownership': 'error',
      'jupyter/require-disposable-transfer': 'error',
      'jupyter/require-signal-cleanup': 'error',
      'no-restricted-syntax': [
        'error',
        {
          selector:
            "MemberExpression[property.name=/^(inner|outer)HTML$/], JSXAttribute[name.name='dangerouslySetInnerHTML']",
          message: 'What comes from a kernel is text: never set it as HTML.'
        }
      ],
      'prefer-arrow-callback': 'error'
    }
  },
  {
    files: ['src/api/**'],
    rules: { '@typescript-eslint/no-restricted-imports': 'off' }
  },
  {
    // A model is tested without a browser: it may load nothing that needs one.
    files: [
      'src/**/model.ts',
      'src/ui/pagedList.ts',
      'src/experiments/rows.ts',
      'src/experiments/runs.ts',
      'src/experiments/search.ts',
      'src/experiments/tree.ts'
    ],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          paths: [SERVER_CONNECTION],
          patterns: [
            CAMEL_CASE,
            {
              regex: '^(@jupyterlab/|@jupyter/|react)',
              message: 'Models import values from @lumino only.',
              allowTypeImports: true
            }
          ]
        }
      ]
    }
  },
  {
    // A view is a function of its props.
    files: ['src/**/view.tsx', 'src/**/*View.tsx', 'src/ui/*.tsx'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          paths: [SERVER_CONNECTION],
          patterns: [
            CAMEL_CASE,
            {
              regex: '^@lumino/',
              message: 'Views know nothing of widgets and signals.'
            }
          ]
        }
      ]
    }
  },
  {
    files: ['src/**/__tests__/**'],
    languageOptions: { globals: { ...globals.jest, ...globals.node } },
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-restricted-imports': 'off',
      'jupyter/no-untranslated-string': 'off',
      'jupyter/require-disposable-ownership': 'off',
      'jupyter/require-signal-cleanup': 'off'
    }
  },
  {
    files: ['ui-tests/**/*.ts'],
    languageOptions: { globals: { ...globals.browser, ...globals.node } },
    rules: {
      // These need type information, which is set up for src only.
      'jupyter/no-untranslated-string': 'off',
      'jupyter/prefer-lazy-imports': 'off'
    }
  },
  prettierRecommended
]);
