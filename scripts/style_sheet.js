/**
 * Loads a style sheet as a script that adds it to the page.
 *
 * It stands for css-loader: our style sheets name no other files, so that nothing has to be
 * resolved, and each would bring a dozen lines of its own.
 */
const { join } = require('path');

const ADD_STYLE = join(__dirname, '..', 'lib', 'ui', 'addStyle.js');

module.exports = rules => {
  if (/@import|url\(/.test(rules)) {
    throw new Error('A style sheet names another file, which would not be found.');
  }
  return (
    `import { addStyle } from ${JSON.stringify(ADD_STYLE)};` +
    `addStyle(${JSON.stringify(rules)});`
  );
};
