from tests.skill.golden import write_all

write_all()
