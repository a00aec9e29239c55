async def setup(bot, script, public_name):
    return []
