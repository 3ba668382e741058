module.exports = require('../../scripts/eslint/one-way')(__dirname);
