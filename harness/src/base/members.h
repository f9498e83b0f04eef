/*
 * members.h - structs whose members stand in one list each (FIGURE_MEMBERS, …): the struct, its
 * tables of fields, its copies and what crosses the wire are all made of the list, so that no
 * member can be forgotten in one of them. A list calls X(type, member, …) for each; the types:
 *
 *     TEXT, OWN_TEXT, MADE_TEXT   a text: of somebody else; owned by the struct; made of another
 *                                 member by the result tree
 *     NAMES                       a text of names, one a line
 *     REAL, WHOLE, WHOLE32, FLAG  a number; true or false
 *     STAGE, SPLIT, PROTOCOL      as report/result.h has them
 *     STAGES, TEXTS, ATTRIBUTES   an array, with its number of elements in n_<member>
 *     DATA, NODES, SOURCES        of a run, an array likewise
 *     MODEL, PAIRS, OPTIONS, VIEW of a specification of an embedder; PAIRS an array likewise
 *     KIND, SIGNED32              of a view of words
 *     SPEC, TASKS                 of a worker's job; TASKS an array likewise
 *     SETTINGS                    of a suite
 *
 * Who makes something of a list defines a macro per type that it can meet: one that it does not
 * know does not compile.
 */
#ifndef BASE_MEMBERS_H
#define BASE_MEMBERS_H

#define MEMBER(type, member, ...) MEMBER_##type(member)

/* clang-format off */
#define MEMBER_TEXT(member) const char *member;
#define MEMBER_OWN_TEXT(member) char *member;
#define MEMBER_MADE_TEXT(member) const char *member;
#define MEMBER_NAMES(member) const char *member;
#define MEMBER_REAL(member) double member;
#define MEMBER_WHOLE(member) uint64_t member;
#define MEMBER_WHOLE32(member) uint32_t member;
#define MEMBER_FLAG(member) bool member;
#define MEMBER_STAGE(member) struct stage member;
#define MEMBER_SPLIT(member) struct split member;
#define MEMBER_PROTOCOL(member) const struct protocol *member;
#define MEMBER_STAGES(member) struct stage *member; uint32_t n_##member;
#define MEMBER_TEXTS(member) const char *const *member; uint32_t n_##member;
#define MEMBER_ATTRIBUTES(member) const struct result_attribute *member; uint32_t n_##member;
#define MEMBER_DATA(member) struct data_facts *member; uint32_t n_##member;
#define MEMBER_NODES(member) struct node_facts *member; uint32_t n_##member;
#define MEMBER_SOURCES(member) struct run_facts *member; uint32_t n_##member;
#define MEMBER_KIND(member) enum context_kind member;
#define MEMBER_SIGNED32(member) int32_t member;
#define MEMBER_MODEL(member) const struct plugin_model *member;
#define MEMBER_PAIRS(member) struct option_pair *member; uint32_t n_##member;
#define MEMBER_OPTIONS(member) struct emb_options *member;
#define MEMBER_VIEW(member) struct word_view member;
#define MEMBER_SPEC(member) const struct embedder_spec *member;
#define MEMBER_TASKS(member) const struct worker_task *member; uint32_t n_##member;
#define MEMBER_SETTINGS(member) struct suite_settings *member;
/* clang-format on */

/* Beside the struct: nothing stands in it that is not in its list. */
#define MEMBERS_ARE_LISTED(struct_, list_)                                                         \
    _Static_assert(sizeof(struct struct_) == sizeof(struct {list_(MEMBER)}),                       \
                   "struct " #struct_ " has a member that is not in " #list_)

#endif /* BASE_MEMBERS_H */
