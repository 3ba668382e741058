/**
 * Messages learned from logs. Everything is redacted before it comes here.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('finops_log_templates', table => {
    table.comment('Kinds of log messages of a workload');
    table.string('workload').notNullable();
    table.string('template_id', 32).notNullable();
    table.text('template').notNullable();
    table
      .text('wordings')
      .notNullable()
      .comment('JSON: words by which lines are known again');
    table.text('examples').notNullable().comment('JSON of redacted lines');
    table.string('source_id').notNullable();
    table.text('query').notNullable();
    table.primary(['workload', 'template_id']);
  });
  await knex.schema.createTable('finops_log_counts', table => {
    table.comment('Lines per hour of one UTC day, 64-bit floats');
    table.string('workload').notNullable();
    table
      .string('template_id', 32)
      .notNullable()
      .comment('Empty: all lines of the workload, NaN = hour not read');
    table.string('day', 10).notNullable();
    table.binary('counts').notNullable();
    table.primary(['workload', 'template_id', 'day']);
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.dropTable('finops_log_counts');
  await knex.schema.dropTable('finops_log_templates');
};
