/** Put the rules of a style sheet into the page: called by what is built of each of them. */
export function addStyle(rules: string): void {
  const element = document.createElement('style');
  element.textContent = rules;
  document.head.append(element);
}
