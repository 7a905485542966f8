// A rule of our own for the linter: what is written to a terminal is shown with its control characters.
const terminal = {
  create: (context) => ({
    MemberExpression(node) {
      const stream = node.object.property?.name;
      if (node.property.name === 'write' && (stream === 'stdout' || stream === 'stderr')) {
        context.report({
          node,
          message: 'texts go out through src/terminal.ts, which shows control characters',
        });
      }
    },
  }),
};

export default { meta: { name: 'didyprog' }, rules: { 'texts-by-terminal': terminal } };
