"""The floor for Discord: a bot as discord.py's guide writes it. Run as `python -m tests.bench._discord_floor`."""

import asyncio
import os

import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route


async def serve() -> None:
    """One command that answers and one that defers and then edits, until the process is ended."""
    client = discord.AutoShardedClient(intents=discord.Intents(guilds=True))
    tree = discord.app_commands.CommandTree(client)

    @tree.command(name="empty", description="Answer at once")
    async def empty(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("ok", ephemeral=True)

    @tree.command(name="later", description="Answer later")
    async def later(interaction: discord.Interaction) -> None:
        await interaction.response.defer(ephemeral=True)
        await interaction.edit_original_response(content="ok")

    Route.BASE = os.environ["DISCORD_API_BASE"]
    async with client:
        await client.login(os.environ["DISCORD_TOKEN"])
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL((await client.http.get_bot_gateway())[1])
        await tree.sync()
        await client.connect()


if __name__ == "__main__":
    asyncio.run(serve())
