/**
 * Who was told that something waits, each step once.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('finops_escalations', table => {
    table.comment('A row for each step that was told, or is being told');
    table
      .string('subject')
      .notNullable()
      .comment('recommendation:<id> or breaker:<scope>');
    table.string('since').notNullable().comment('Since when it waits');
    table.integer('step').notNullable().comment('0: the owner, at once');
    table.string('token').notNullable().comment('Whoever tells it');
    table.text('recipients').notNullable().comment('JSON: entity refs');
    table.string('at').notNullable();
    table.primary(['subject', 'since', 'step']);
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.dropTable('finops_escalations');
};
