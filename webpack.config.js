/**
 * What the builder of JupyterLab's extensions is told on top of its own settings.
 */

const { join } = require('path');

const isDevelopment = process.argv.includes('--development');

/** Squeezes style sheets, which the builder puts into the scripts as they are. */
const minifiedStyle = {
  test: /\.css$/,
  enforce: 'pre',
  loader: 'builtin:lightningcss-loader',
  options: { errorRecovery: false, minify: true }
};

module.exports = {
  module: { rules: isDevelopment ? [] : [minifiedStyle] },
  optimization: {
    // All is built anew for each release: short names rather than such that stay.
    chunkIds: 'natural',
    mangleExports: 'size',
    moduleIds: 'natural',
    splitChunks: {
      cacheGroups: {
        default: false,
        defaultVendors: false,
        // Large, and needed by few: a file each.
        charts: {
          name: 'charts',
          // Less what is there before the first chart.
          test: /uplot|[\\/]lib[\\/]charts[\\/](?!lazy|theme)/,
          minChunks: 2,
          priority: 1
        },
        lists: { name: 'lists', test: /@tanstack/, priority: 1 },
        // One file, and not one for each set of views that have something in
        // common: those would be dozens, and every import would name several.
        shared: { name: 'shared', minChunks: 2, minSize: 0 }
      }
    }
  },
  resolveLoader: {
    alias: {
      'css-loader': join(__dirname, 'scripts', 'style_sheet.js'),
      'style-loader': join(__dirname, 'scripts', 'as_it_is.js')
    }
  },
  output: {
    // The names are a table that is loaded at the start, so they are short. A server
    // lets browsers keep what is asked for with any `v`: that it is another file shows
    // in the name.
    chunkFilename: '[id].[contenthash].js?v=1',
    hashDigestLength: 8
  }
};
