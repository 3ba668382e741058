/**
 * Merged changes that people want undone, so that the wish outlives a forge that is away.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('finops_reverts', table => {
    table.comment('A row for each recommendation that undoes another');
    table.string('recommendation_id').notNullable().primary();
    table.string('reverts').notNullable().comment('Recommendation undone');
    table.string('ordered_by').notNullable();
    table.string('ordered_at').notNullable();
    table.text('reason').notNullable();
    table
      .string('status')
      .notNullable()
      .comment('pending | asked | refused | done');
    table.text('note').comment('What was last said of it');
    table.index(['status', 'ordered_at']);
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.dropTable('finops_reverts');
};
